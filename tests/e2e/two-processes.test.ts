import { expect, test } from "bun:test";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../helpers/eventually.ts";
import { isAlive } from "../helpers/processes.ts";
import { ask, processesOf, said, statusOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const names = ["a", "b", "c"];

/** Each launch of a task leaves a line. */
const counting = `name = "demo"\n[tasks]\n${names
  .map((name) => `${name} = "echo launched >>${name}.launches; sleep 1000"`)
  .join("\n")}\n`;

function launches(world: World, task: string): number {
  const path = join(world.project, `${task}.launches`);
  return existsSync(path) ? readFileSync(path, "utf8").split("\n").length - 1 : 0;
}

const living = (world: World): number[] =>
  names.map((name) => processesOf(world, name).filter(isAlive).length);

// defects.md: "Two commands at once start a task twice."
test.each([1, 2, 3])("starts at the same time launch each task once (try %d)", async () => {
  await using world = createWorld();
  world.writeConfig(counting);
  const starts = Array.from({ length: 4 }, () => world.run(["start", "--json"]));
  const results = (await Promise.all(starts)).map((output) => said(output, "startAllSchema"));
  expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0]);
  expect(results.flatMap(({ result }): string[] => result.tasks).toSorted()).toEqual(names);
  await eventually(() => names.every((name) => launches(world, name) === 1));
  expect(living(world)).toEqual([1, 1, 1]);
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
    await eventually(() => names.every((name) => launches(world, name) >= 1));
    expect(names.map((name) => launches(world, name))).toEqual([1, 1, 1]);
    expect(living(world)).toEqual([1, 1, 1]);
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
  await eventually(() => names.every((name) => launches(world, name) >= 1));
  expect(living(world)).toEqual([1, 1, 1]);
});

test("starts of different tasks at the same time make one session, with a window each", async () => {
  await using world = createWorld();
  world.writeConfig(counting);
  const starts = names.map((name) => world.run(["start", name, "--json"]));
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
  expect(living(world)).toEqual(names.map(() => (result.active_tasks === 3 ? 1 : 0)));
});

test("restarts at the same time leave each task running once", async () => {
  await using world = createWorld();
  world.writeConfig(counting);
  await ask(world, "start");
  const restarts = [1, 2, 3].map(() => world.run(["restart", "--json"]));
  for (const output of await Promise.all(restarts)) {
    expect(said(output, "restartAllSchema").exitCode).toBe(0);
  }
  expect(living(world)).toEqual([1, 1, 1]);
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
const clinging =
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
  world.writeConfig(clinging);
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
  expect((await ask(world, "start")).result.tasks).toEqual(names);
  expect(living(world)).toEqual([1, 1, 1]);
});

test("a run directory that someone removed while the tasks run does no harm", async () => {
  await using world = createWorld();
  world.writeConfig(counting);
  await ask(world, "start");
  rmSync(join(world.home, ".taskmux/run"), { recursive: true });
  expect((await ask(world, "start")).exitCode).toBe(0);
  expect(living(world)).toEqual([1, 1, 1]);
  expect((await ask(world, "stop")).result.tasks).toEqual(names);
  expect(living(world)).toEqual([0, 0, 0]);
});
