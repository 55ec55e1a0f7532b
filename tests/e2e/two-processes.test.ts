import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { removeInUse } from "../helpers/directory.ts";
import { eventually } from "../helpers/eventually.ts";
import { isAlive } from "../helpers/processes.ts";
import { ask, processesOf, said, statusOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const NAMES = ["a", "b", "c"];

/** Each launch of a task leaves a line. */
const counting = `name = "demo"\n[tasks]\n${NAMES.map(
  (name) => `${name} = "echo launched >>${name}.launches; sleep 1000"`,
).join("\n")}\n`;

function launches(world: World, task: string): number {
  const path = join(world.project, `${task}.launches`);
  return existsSync(path) ? readFileSync(path, "utf8").split("\n").length - 1 : 0;
}

const living = (world: World): number[] =>
  NAMES.map((name) => processesOf(world, name).filter(isAlive).length);

/** Each task has one process. One that was launched just now bears no mark before it has become its command. */
const eachLives = (world: World): Promise<true> =>
  eventually(() => living(world).every((count) => count === 1));

// Regression: "Two commands at once start a task twice."
test.each([1, 2, 3])("starts at the same time launch each task once (try %d)", async () => {
  await using world = createWorld();
  world.writeConfig(counting);
  const starts = Array.from({ length: 4 }, () => world.run(["start", "--json"]));
  const results = (await Promise.all(starts)).map((output) => said(output, "startAllSchema"));
  expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0]);
  expect(results.flatMap(({ result }): string[] => result.tasks).toSorted()).toEqual(NAMES);
  await eventually(() => NAMES.every((name) => launches(world, name) === 1));
  await eachLives(world);
});

test.each([0, 4, 8, 12, 16, 20, 25, 30, 35, 40, 45, 50, 60, 70, 85, 100])(
  "after a start that was SIGKILLed %d ms after its begin, a plain start brings all up, each once",
  async (delay) => {
    await using world = createWorld();
    world.writeConfig(counting);
    const first = world.spawn(["start"]);
    // The moment is what is tried here; nothing waits for it.
    await Bun.sleep(delay);
    first.signal("SIGKILL");
    await first.ended();
    expect(await ask(world, "start")).toMatchObject({ exitCode: 0, result: { ok: true } });
    await eventually(() => NAMES.every((name) => launches(world, name) >= 1));
    expect(NAMES.map((name) => launches(world, name))).toEqual([1, 1, 1]);
    await eachLives(world);
    const { result } = await ask(world, "status");
    expect(result.active_tasks).toBe(3);
  },
);

test("starts at the same time, of which one is SIGKILLed, leave each task launched once", async () => {
  await using world = createWorld();
  world.writeConfig(counting);
  const doomed = world.spawn(["start"]);
  const others = [world.run(["start"]), world.run(["start"])];
  await eventually(() => existsSync(join(world.home, ".taskmux/run/demo")));
  doomed.signal("SIGKILL");
  await Promise.all(others);
  await ask(world, "start");
  await eventually(() => NAMES.every((name) => launches(world, name) >= 1));
  await eachLives(world);
});

test("starts of different tasks at the same time make one session, with a window each", async () => {
  await using world = createWorld();
  world.writeConfig(counting);
  const starts = NAMES.map((name) => world.run(["start", name, "--json"]));
  for (const output of await Promise.all(starts)) {
    expect(said(output, "startTaskSchema").result).toMatchObject({ ok: true, action: "started" });
  }
  const windows = await world.tmux("list-windows", "-a", "-F", "#S #W");
  expect(windows.split("\n").toSorted()).toEqual(["demo a", "demo b", "demo c"]);
});

test("start and stop at the same time leave all running, or all stopped", async () => {
  await using world = createWorld();
  world.writeConfig(counting);
  await ask(world, "start");
  const both = await Promise.all([world.run(["stop", "--json"]), world.run(["start", "--json"])]);
  expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  const { result } = await ask(world, "status");
  expect([0, 3]).toContain(result.active_tasks);
  if (result.active_tasks === 3) await eachLives(world);
  else expect(living(world)).toEqual([0, 0, 0]);
});

/** `web` waits for `db`, which is ready once `go` is there; `api` waits for nothing. */
const WAITING = `name = "demo"
[tasks.db]
command = "touch db.up; until test -f go; do sleep 0.02; done; echo ready; exec sleep 1000"
ready_log = "ready"
[tasks.web]
command = "echo launched >>web.launches; exec sleep 1000"
depends_on = ["db"]
[tasks.api]
command = "exec sleep 1000"
`;

/** A start that waits for `db`, with `web` before it and `api` done. */
async function beginWaiting(world: World) {
  world.writeConfig(WAITING);
  const starting = world.spawn(["start", "--json"]);
  await eventually(async () => (await statusOf(world, "api")).state === "running");
  await eventually(() => existsSync(join(world.project, "db.up")));
  return starting;
}

test("a stop holds that comes while a start has the task wait for its dependency", async () => {
  await using world = createWorld();
  const starting = await beginWaiting(world);
  expect((await ask(world, "stop web")).exitCode).toBe(0);
  world.write("go", "");
  const { exitCode, result } = said(await starting.ended(), "startAllSchema");
  expect({ exitCode, tasks: result.tasks }).toEqual({ exitCode: 1, tasks: ["db", "api"] });
  expect(result.failed).toMatchObject([
    { task: "web", error_code: "E214", error: "Task 'web' was stopped by another command" },
  ]);
  expect(launches(world, "web")).toBe(0);
  expect(await statusOf(world, "web")).toMatchObject({ state: "stopped", want: "down" });
});

test("what another command has stopped since its launch has not failed to start", async () => {
  await using world = createWorld();
  const starting = await beginWaiting(world);
  expect((await ask(world, "stop api")).result).toMatchObject({ signal: "SIGINT" });
  world.write("go", "");
  const { exitCode, result } = said(await starting.ended(), "startAllSchema");
  expect({ exitCode, failed: result.failed }).toEqual({ exitCode: 0, failed: [] });
  expect(await statusOf(world, "api")).toMatchObject({ state: "stopped", want: "down" });
});

test("a session that ends while a hook of the start runs is made again", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.api]
command = "sleep 1000"
[tasks.web]
command = "echo launched >>web.launches; sleep 1000"
auto_start = false
hooks = { before_start = "tmux kill-session -t =demo" }
`);
  await ask(world, "start");
  expect((await ask(world, "start web")).result).toMatchObject({ ok: true, action: "started" });
  expect((await statusOf(world, "web")).state).toBe("running");
  await eventually(() => launches(world, "web") === 1);
});

test("restarts at the same time leave each task running once", async () => {
  await using world = createWorld();
  world.writeConfig(counting);
  await ask(world, "start");
  const restarts = [1, 2, 3].map(() => world.run(["restart", "--json"]));
  for (const output of await Promise.all(restarts)) {
    expect(said(output, "restartAllSchema").exitCode).toBe(0);
  }
  await eachLives(world);
});

test("a command that waits for another one says so on stderr", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.web]
command = "trap 'until test -f go; do sleep 0.05; done; exit 0' INT; touch up; while :; do sleep 0.05; done"
health_check = "test -f up"
stop_grace_period = 1000
`);
  await ask(world, "start --wait");
  const stopping = world.spawn(["stop", "web"]);
  await eventually(async () => (await statusOf(world, "web")).want === "down");
  const starting = world.spawn(["start", "web"]);
  await eventually(() => starting.stderr().includes("waiting for another taskmux"));
  world.write("go", "");
  expect((await stopping.ended()).exitCode).toBe(0);
  expect((await starting.ended()).exitCode).toBe(0);
  expect((await statusOf(world, "web")).state).toBe("running");
});

test.each(["stop web", "kill web"])(
  "%s waits for a launch that is under way, and ends it",
  async (line) => {
    await using world = createWorld();
    world.writeConfig(`name = "demo"
[tasks.web]
command = "sleep 1000"
hooks = { before_start = "touch begun; until test -f go; do sleep 0.05; done" }
`);
    const starting = world.spawn(["start", "web"]);
    await eventually(() => existsSync(join(world.project, "begun")));
    const ending = world.spawn(line.split(" "));
    await eventually(() => ending.stderr().includes("waiting for another taskmux"));
    world.write("go", "");
    await starting.ended();
    expect((await ending.ended()).exitCode).toBe(0);
    expect(await statusOf(world, "web")).toMatchObject({ state: "stopped", want: "down" });
    expect(processesOf(world, "web")).toEqual([]);
  },
);

test("the lock dies with its holder: a stop that is SIGKILLed holds nobody up", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.web]
command = "trap 'touch told' INT; touch up; while :; do sleep 0.05; done"
health_check = "test -f up"
stop_grace_period = 1000
`);
  await ask(world, "start --wait");
  const stopping = world.spawn(["stop", "web"]);
  await eventually(() => existsSync(join(world.project, "told")));
  stopping.signal("SIGKILL");
  await stopping.ended();
  expect((await ask(world, "start web")).result.action).toBe("already_running");
  expect((await statusOf(world, "web")).want).toBe("up");
});

/** A task that lives on when its terminal is hung up. */
const CLINGING =
  'name = "demo"\n[tasks.web]\ncommand = "trap \'\' HUP; echo launched >>a.launches; touch up; while :; do sleep 0.1; done"\nhealth_check = "test -f up"\nstop_grace_period = 0.2\n';

const losses: [what: string, lose: (world: World) => Promise<void>][] = [
  [
    "its session was killed",
    async (world) => void (await world.tmux("kill-session", "-t", "=demo")),
  ],
  [
    "its window was closed",
    async (world) => {
      await world.tmux("new-window", "-d", "-t", "=demo:", "sleep 1000");
      const { pane_id } = (await ask(world, "inspect web")).result;
      await world.tmux("kill-pane", "-t", pane_id);
    },
  ],
  ["the tmux server was killed", async (world) => void (await world.tmux("kill-server"))],
  [
    "the tmux server was killed by SIGKILL",
    async (world) => {
      const server = Number(await world.tmux("display-message", "-p", "#{pid}"));
      process.kill(server, "SIGKILL");
      await eventually(() => !isAlive(server));
    },
  ],
];

test.each(
  losses.flatMap(([what, lose]) =>
    ["start", "start web"].map((line) => [line, what, lose] as const),
  ),
)("%s doesn't double a task that outlives its window since %s", async (line, _, lose) => {
  await using world = createWorld();
  world.writeConfig(CLINGING);
  await ask(world, "start --wait");
  const { pid } = await statusOf(world, "web");
  await lose(world);
  expect(isAlive(pid)).toBe(true);
  const { exitCode, result } = await ask(world, line);
  expect(exitCode).toBe(0);
  expect(result.tasks ?? [result.task]).toEqual(["web"]);
  expect(result.warnings).toEqual([expect.stringContaining("earlier launch")]);
  expect(isAlive(pid)).toBe(false);
  const now = (await ask(world, "inspect web")).result;
  expect(now).toMatchObject({ running: true, pane_id: expect.stringMatching(/^%/) });
  await ask(world, "stop");
  expect(processesOf(world, "web")).toEqual([]);
});

test("a plain task ends with its window, as every program in tmux does", async () => {
  await using world = createWorld();
  world.writeConfig(counting);
  await ask(world, "start");
  const { pid } = await statusOf(world, "a");
  await world.tmux("kill-session", "-t", "=demo");
  await eventually(() => !isAlive(pid));
  const { result } = await ask(world, "status");
  expect(result).toMatchObject({ running: false, active_tasks: 0 });
});

test("what an earlier tmux server has left on record is never believed", async () => {
  await using world = createWorld();
  world.writeConfig(counting);
  await ask(world, "start");
  await world.tmux("kill-server");
  await eventually(() => living(world).every((count) => count === 0));
  expect((await ask(world, "status")).result).toMatchObject({ running: false, active_tasks: 0 });
  expect((await ask(world, "start")).result.tasks).toEqual(NAMES);
  await eachLives(world);
});

test.each([
  ["", null],
  [", and whose pipe was taken,", ["pipe-pane", "-t", "=demo:a"]],
])("a run directory that someone removed while its tasks run%s does no harm", async (_, more) => {
  await using world = createWorld();
  world.writeConfig(counting);
  await ask(world, "start");
  if (more !== null) await world.tmux(...more);
  await removeInUse(join(world.home, ".taskmux/run"));
  expect((await ask(world, "start")).exitCode).toBe(0);
  await eachLives(world);
  expect((await ask(world, "stop")).result.tasks).toEqual(NAMES);
  expect(living(world)).toEqual([0, 0, 0]);
});
