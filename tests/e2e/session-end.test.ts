import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../helpers/eventually.ts";
import { ask } from "../helpers/schemas.ts";
import { createWorld } from "../helpers/world.ts";

/** An older tmux tells nobody of a session's end. */
const tells = Number(/\d+\.\d+/.exec(Bun.spawnSync(["tmux", "-V"]).stdout.toString())?.[0]) >= 3.2;

const HOOK = "test ! -e block || { touch begun; until test -e go; do sleep 0.05; done; }";

/** A tmux that writes each call down once it is over, except those of control clients. */
const LOGGING = (calls: string) => `#!/bin/sh
case " $* " in *" -C "*) exec '${Bun.which("tmux")}' "$@" ;; esac
'${Bun.which("tmux")}' "$@"
status=$?
echo "$*" >>'${calls}'
exit $status
`;

// The monitor looks for the session after a stop has ended it, and before the start that wants the task again makes one.
test.skipIf(!tells)(
  "a session that a stop has ended is no news while a start is in progress, and the next one's end is",
  async () => {
    await using world = createWorld();
    world.writeConfig(
      `name = "demo"\n[tasks.web]\ncommand = "exec sleep 1000"\nhooks = { before_start = "${HOOK}" }\n`,
    );
    const [bin, calls] = [join(world.project, "bin"), join(world.project, "calls")];
    world.write("bin/tmux", LOGGING(calls), 0o755);
    const PATH = `${bin}:${world.env["PATH"]}`;
    const monitor = world.spawn(["start", "-m", "--json"], { env: { PATH } });
    const isWatched = async () => (await world.tmux("list-clients")).includes("control-mode");
    await eventually(isWatched);
    monitor.signal("SIGSTOP");
    expect((await ask(world, "stop")).result.ok).toBe(true);
    world.write("block", "");
    const starting = world.spawn(["start", "web", "--json"]);
    await eventually(() => existsSync(join(world.project, "begun")));
    const before = readFileSync(calls, "utf8").length;
    monitor.signal("SIGCONT");
    const looks = () => readFileSync(calls, "utf8").slice(before).includes("list-panes");
    await eventually(looks);
    world.write("go", "");
    expect((await starting.ended()).json()).toMatchObject({ ok: true, action: "started" });
    // The sweep finds the new session.
    await eventually(isWatched);
    await world.tmux("kill-server");
    // It is reported before its tasks are restarted.
    await eventually(() => monitor.stdout().includes('"auto_restart"'));
    monitor.signal("SIGINT");
    const { stderr } = await monitor.ended();
    expect(stderr.match(/has ended/g)).toHaveLength(1);
  },
);
