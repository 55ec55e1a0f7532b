import { expect, test } from "bun:test";
import { join } from "node:path";
import { builtFor } from "../helpers/binary.ts";
import { inMuslRoot, makeMuslRoot, muslLibraries } from "../helpers/musl-root.ts";
import { createWorld } from "../helpers/world.ts";
import { version } from "../../package.json";

const libraries = await muslLibraries();

const CONFIG = `name = "demo"
[tasks.web]
command = "echo up; echo $$ >pid; exec sleep 4021"
health_check = 'kill -0 "$(cat pid)"'
[tasks.failing]
command = "exit 3"
`;

/** A file system on which no program may run: the tasks then run without a keeper, by a script of BusyBox's ash. */
const WITHOUT_KEEPER = "mount -t tmpfs -o noexec tmpfs /root";

const FLOW = `
export PATH=/usr/bin:/bin HOME=/root TMUX_TMPDIR=/tmp LC_ALL=C.UTF-8
unset TMUX TMUX_PANE
mkdir /tmp/project
cd /tmp/project
cat >taskmux.toml <<'END'
${CONFIG}
END
taskmux --version
taskmux check
taskmux start web --wait
taskmux status
until taskmux logs web | grep ' up$'; do sleep 0.05; done
echo "pane: $(tr '\\0' ' ' <"/proc/$(tmux list-panes -s -t demo -F '#{pane_pid}')/cmdline")"
kill -KILL "$(cat pid)"
until taskmux why web | grep 'failed: .* SIGKILL'; do sleep 0.05; done
! taskmux start failing || exit 1
until taskmux why failing | grep 'failed: .* status 3'; do sleep 0.05; done
taskmux start web --wait
taskmux restart web
taskmux stop
! kill -0 "$(cat pid)" 2>/dev/null
echo done
`;

test.skipIf(libraries === null).each([
  ["by the keeper", "", "/root/.taskmux/run/demo/taskmux-keeper "],
  ["by a script of BusyBox's ash", WITHOUT_KEEPER, "/bin/sh "],
])("the binary for musl runs tasks %s", async (_, prepare, launcher) => {
  await using world = createWorld();
  const binary = builtFor("dist/taskmux-linux-x64-musl", 'build("linux-x64-musl")');
  const directory = join(world.root, "musl");
  makeMuslRoot(directory, binary, libraries!);
  const { stdout, stderr, exitCode } = await world.runProgram(
    inMuslRoot(directory, `${prepare}\n${FLOW}`),
  );
  expect({ stdout, stderr, exitCode }).toMatchObject({ exitCode: 0 });
  const said = [
    `taskmux ${version}`,
    "/tmp/project/taskmux.toml: ok",
    "started web",
    "demo: 1 of 2 running",
    expect.stringMatching(/ up$/),
    expect.stringContaining(`pane: ${launcher}`),
    expect.stringContaining("it was ended by SIGKILL"),
    expect.stringContaining("exited with status 3"),
    "started web",
    "restarted web",
    "stopped web",
    "done",
  ];
  const lines = stdout.split("\n").filter((line) => !/^(TASK|web|failing) |^$/.test(line));
  expect(lines).toEqual(said);
});
