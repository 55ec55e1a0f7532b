import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { startDaemon } from "../helpers/api.ts";
import { eventually } from "../helpers/eventually.ts";
import { listening } from "../helpers/listening.ts";
import { ask, statusOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

// What can't be launched is wanted all the same; why it isn't there is on record.

const events = async (world: World) =>
  (await ask(world, "events")).result.events.filter(({ event }: any) => event === "task_refused");

/** A task that needs what `refused` says, and one that depends on it. */
const pair = (refused: string): string => `name = "demo"
[tasks.db]
command = "sleep 1000"
${refused}
[tasks.web]
command = "sleep 1000"
depends_on = ["db"]
`;

test.each([
  ["E213", 'cwd = "gone"', "gone"],
  ["E104", 'env_file = ".env.local"', ".env.local"],
  ["E104", 'shell = "no-such-shell"', "no-such-shell"],
  ["E400", 'hooks = { before_start = "echo not today; exit 3" }', "not today"],
])(
  "%s: it and its dependent are wanted, status and why say what is missing",
  async (code, refused, what) => {
    await using world = createWorld();
    world.writeConfig(pair(refused));
    const { result } = await ask(world, "start");
    expect(result).toMatchObject({
      failed: [{ task: "db", error_code: code, error: expect.stringContaining(what) }],
      skipped: [{ task: "web", reason: "dependency 'db' is not ready" }],
    });
    const reason = expect.stringContaining(what);
    expect(await statusOf(world, "db")).toMatchObject({
      want: "up",
      running: false,
      refused: { reason },
    });
    expect(await statusOf(world, "web")).toMatchObject({
      want: "up",
      running: false,
      refused: { reason: "dependency 'db' is not ready" },
    });
    expect(await events(world)).toMatchObject([{ task: "db", reason }]);
    expect((await ask(world, "why db")).result.summary).toContain(what);
    expect((await world.run(["status"])).stdout).toMatch(/db .*not launched: /);
  },
);

test("E220: the same for a port that a stranger holds, and the next start takes it back", async () => {
  await using world = createWorld();
  await using ports = listening();
  const port = ports.freePort();
  const stranger = await ports.listen(port);
  world.writeConfig(pair(`port = ${port}`));
  expect((await ask(world, "start db")).result).toMatchObject({ ok: false, error_code: "E220" });
  const reason = expect.stringContaining(`pid ${stranger}`);
  expect(await statusOf(world, "db")).toMatchObject({ want: "up", refused: { reason } });
  expect(await events(world)).toMatchObject([{ task: "db", reason }]);
  expect((await ask(world, "start --force-port")).result).toMatchObject({ ok: true });
  expect(await statusOf(world, "db")).toMatchObject({ state: "running", refused: null });
  expect(await statusOf(world, "web")).toMatchObject({ state: "running", refused: null });
});

test("after a stop the task is wanted down", async () => {
  await using world = createWorld();
  world.writeConfig(pair('cwd = "gone"'));
  await ask(world, "start");
  await ask(world, "stop");
  for (const task of ["db", "web"])
    expect(await statusOf(world, task)).toMatchObject({ want: "down", refused: null });
});

test("a global before_start that fails launches nothing; all are wanted, and say why they are not there", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[hooks]
before_start = "echo no; exit 3"
[tasks]
web = "sleep 1000"
`);
  expect((await ask(world, "start")).result.error_code).toBe("E400");
  expect(await statusOf(world, "web")).toMatchObject({
    want: "up",
    refused: { reason: expect.stringContaining("before_start failed with 3") },
  });
});

test("a job that is done stays done where a global before_start fails", async () => {
  await using world = createWorld();
  const config = (hook: string) =>
    `name = "demo"\n${hook}\n[tasks.job]\ncommand = "echo done >>jobs"\noneshot = true\n`;
  world.writeConfig(config(""));
  await ask(world, "start --wait");
  world.writeConfig(config('[hooks]\nbefore_start = "exit 3"'));
  expect((await ask(world, "start")).result.error_code).toBe("E400");
  expect(await statusOf(world, "job")).toMatchObject({ state: "exited", healthy: true });
});

test("a daemon that comes later launches nothing of it by itself, nor an earlier launch of it", async () => {
  await using world = createWorld();
  const config = (rest: string) =>
    `name = "demo"\n[tasks.db]\ncommand = "touch launched; exit 3"\nrestart_policy = "always"\n${rest}`;
  world.writeConfig(config(""));
  await ask(world, "start db");
  await ask(world, "kill db");
  await world.runProgram(["rm", "launched"]);
  world.writeConfig(config('cwd = "gone"'));
  expect((await ask(world, "start db")).result.error_code).toBe("E213");
  world.writeConfig(config("[tasks.other]\ncommand = 'sleep 1000'\n"));
  await startDaemon(world);
  // The monitor has looked at all tasks once it has seen this one run.
  await ask(world, "start other --wait");
  expect(await statusOf(world, "db")).toMatchObject({ state: "stopped", want: "up", restarts: 0 });
  expect(existsSync(join(world.project, "launched"))).toBe(false);
});

test("what another command has launched since is not shown as refused by a start that gave it up", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.db]
command = "until test -f go; do sleep 0.02; done; exit 3"
ready_log = "never"
[tasks.web]
command = "sleep 1000"
depends_on = ["db"]
`);
  const starting = world.spawn(["start", "--json"]);
  await eventually(async () => (await statusOf(world, "db")).pid);
  await ask(world, "start web --no-deps");
  world.write("go", "");
  expect((await starting.ended()).json()).toMatchObject({ skipped: [{ task: "web" }] });
  expect(await statusOf(world, "web")).toMatchObject({ state: "running", refused: null });
});

test.each(["start", "restart", "start web", "start web --no-deps"])(
  "`%s` without a working tmux: what it should have launched is wanted, with the reason",
  async (line) => {
    await using world = createWorld();
    const names = line.includes("--no-deps") ? ["web"] : ["db", "web"];
    world.writeConfig(pair(""));
    const broken = `#!/bin/sh\n[ "$1" = -V ] && echo tmux 3.4 && exit\necho broken >&2\nexit 1\n`;
    world.write("bin/tmux", broken, 0o755);
    const env = { PATH: `${join(world.project, "bin")}:${world.env["PATH"]}` };
    const { result } = await ask(world, line, { env });
    expect(result).toMatchObject({ ok: false, error_code: "E602", error: "tmux failed: broken" });
    const items = (await ask(world, "status")).result.tasks;
    expect(items.filter(({ want }: any) => want === "up")).toMatchObject(
      names.map((name) => ({ name, refused: { reason: "tmux failed: broken" } })),
    );
    expect(await events(world)).toMatchObject(names.map((task) => ({ task })));

    await ask(world, "start");
    expect(await statusOf(world, "db")).toMatchObject({ state: "running", refused: null });
    // A task that runs is left as it is.
    const { pid } = await statusOf(world, "web");
    await ask(world, line, { env });
    expect(await statusOf(world, "web")).toMatchObject({ pid, state: "running", refused: null });
  },
);

test("what another config's session holds is not wanted", async () => {
  await using world = createWorld();
  world.writeConfig(pair(""));
  await world.tmux("-f", "/dev/null", "new-session", "-d", "-s", "demo");
  expect((await ask(world, "start")).result).toMatchObject({ error_code: "E301" });
  await world.tmux("kill-server");
  expect(await statusOf(world, "db")).toMatchObject({ want: "down", refused: null });
});
