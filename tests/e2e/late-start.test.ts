import { expect, test } from "bun:test";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startDaemon } from "../helpers/api.ts";
import { eventually, eventuallyIs } from "../helpers/eventually.ts";
import { ask, statusOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

/** It fails until the file `go` is there. `start_timeout`: a start waits while a monitor restarts it. */
const DB = `name = "demo"
[tasks.db]
command = "test -f go || exit 1; exec sleep 1000"
health_check = "test -f go"
health_interval = 1
start_timeout = 0.5
max_restarts = 0
restart_backoff = 1
`;

const task = (name: string, dependency: string, fields = ""): string => `[tasks.${name}]
command = "echo $GREETING >> ${name}.env; exec sleep 1000"
depends_on = ["${dependency}"]
${fields}
`;

const go = (world: World): void => writeFileSync(join(world.project, "go"), "");

const isRunning = (world: World, name: string): Promise<boolean> =>
  eventually(async () => (await statusOf(world, name)).state === "running");

/** The events of a task. */
async function eventsOf(world: World, name: string): Promise<any[]> {
  const output = await world.run(["events", "-n", "1000", "--task", name, "--json"]);
  return output.json().events;
}

/** A launch is recorded after the task is seen running. */
const startsOf = (world: World, name: string): Promise<any[]> =>
  eventuallyIs(
    async () => (await eventsOf(world, name)).filter(({ event }) => event === "task_started"),
    (starts) => starts.length > 0,
  );

/** What each launch has left; a launch counts as running before it has. */
const launchesOf = (world: World, name: string): Promise<string[]> =>
  eventuallyIs(
    () =>
      readFileSync(join(world.project, `${name}.env`), "utf8")
        .split("\n")
        .slice(0, -1),
    (launches) => launches.length > 0,
  );

test("a monitor that revives a dependency starts what was skipped for it, in order", async () => {
  await using world = createWorld();
  world.writeConfig(`${DB}${task("api", "db")}${task("web", "api")}`);
  const watched = world.spawn(["start", "-m", "--json"], { env: { GREETING: "hi" } });
  await eventually(async () => (await statusOf(world, "web")).refused !== null);
  expect((await statusOf(world, "api")).want).toBe("up");
  go(world);
  await isRunning(world, "web");
  for (const name of ["api", "web"]) {
    expect(await statusOf(world, name)).toMatchObject({ state: "running", refused: null });
    expect(await startsOf(world, name)).toMatchObject([{ task: name, by: "monitor" }]);
    expect(await launchesOf(world, name)).toEqual(["hi"]);
  }
  const printed = () => watched.lines().map((line) => JSON.parse(line));
  const at = (event: string, name: string) =>
    printed().findIndex((one) => one.event === event && one.task === name);
  await eventually(() => at("task_started", "web") > -1);
  expect(at("task_healthy", "db")).toBeLessThan(at("task_started", "api"));
  expect(at("task_started", "api")).toBeLessThan(at("task_started", "web"));
});

test("a start beside a daemon: the skipped task gets the environment of that start", async () => {
  await using world = createWorld();
  world.writeConfig(`${DB}${task("api", "db")}`);
  await startDaemon(world, [], { env: { GREETING: "from the daemon" } });
  const { result } = await ask(world, "start", { env: { GREETING: "from the start" } });
  expect(result.skipped).toMatchObject([{ task: "api" }]);
  const { result: why } = await ask(world, "why api");
  expect(why.causes).toContain("the monitor starts it as soon as its dependencies are ready");
  go(world);
  await isRunning(world, "api");
  expect(await launchesOf(world, "api")).toEqual(["from the start"]);
});

test("a skipped task that was stopped since stays stopped", async () => {
  await using world = createWorld();
  world.writeConfig(`${DB}${task("api", "db")}${task("late", "db")}`);
  await startDaemon(world);
  await ask(world, "start");
  await ask(world, "stop api");
  go(world);
  // Both are looked at when db is ready, api first.
  await isRunning(world, "late");
  expect(await statusOf(world, "api")).toMatchObject({ state: "stopped", want: "down" });
  expect(existsSync(join(world.project, "api.env"))).toBe(false);
});

test("the next monitor starts what was skipped before it", async () => {
  await using world = createWorld();
  world.writeConfig(`${DB}${task("api", "db")}`);
  const first = await startDaemon(world);
  await ask(world, "start");
  first.running.signal("SIGKILL");
  await first.running.ended();
  await startDaemon(world);
  go(world);
  await isRunning(world, "api");
  expect(await startsOf(world, "api")).toMatchObject([{ by: "monitor" }]);
});

test("a start that was killed while it waited is completed", async () => {
  await using world = createWorld();
  world.writeConfig(`${DB.replace("start_timeout = 0.5", "")}${task("api", "db")}`);
  await startDaemon(world);
  const waiting = world.spawn(["start"]);
  await eventually(async () => (await statusOf(world, "api")).want === "up");
  await eventually(async () => (await statusOf(world, "db")).restarts > 0);
  waiting.signal("SIGKILL");
  await waiting.ended();
  go(world);
  await isRunning(world, "api");
  expect(await startsOf(world, "api")).toMatchObject([{ by: "monitor" }]);
});

test("a start that waits launches its tasks itself, once", async () => {
  await using world = createWorld();
  world.writeConfig(`${DB.replace("start_timeout = 0.5", "")}${task("api", "db")}`);
  await startDaemon(world);
  const waiting = world.spawn(["start", "--json"], { env: { TASKMUX_ACTOR: "ann" } });
  await eventually(async () => (await statusOf(world, "db")).restarts > 0);
  go(world);
  const { exitCode } = await waiting.ended();
  expect(exitCode).toBe(0);
  await isRunning(world, "api");
  expect(await startsOf(world, "api")).toMatchObject([{ by: "ann" }]);
  expect(await launchesOf(world, "api")).toHaveLength(1);
});

test("a late start that is refused is not repeated", async () => {
  await using world = createWorld();
  const hook = 'hooks = { before_start = "echo once >> tries; exit 3" }';
  world.writeConfig(`${DB}${task("api", "db", hook)}${task("late", "db")}`);
  await startDaemon(world);
  await ask(world, "start");
  go(world);
  const refused = () => statusOf(world, "api").then((one) => one.refused?.reason ?? "");
  await eventuallyIs(refused, (reason) => reason.includes("before_start"));
  await isRunning(world, "late");
  // The dependency becomes ready again, and what was skipped for it since is started.
  await ask(world, "stop late db");
  rmSync(join(world.project, "go"));
  await ask(world, "start late");
  go(world);
  await isRunning(world, "late");
  expect(readFileSync(join(world.project, "tries"), "utf8")).toBe("once\n");
  const events = await eventuallyIs(
    () => eventsOf(world, "api"),
    (all) => all.some(({ event }) => event === "task_refused"),
  );
  expect(events.filter(({ event }) => event === "task_refused")).toHaveLength(1);
});

test("a dependency that a person starts later counts, too", async () => {
  await using world = createWorld();
  world.writeConfig(
    `${DB.replace("max_restarts = 0", 'restart_policy = "no"')}${task("api", "db")}`,
  );
  await startDaemon(world);
  await ask(world, "start");
  expect((await statusOf(world, "api")).state).toBe("stopped");
  go(world);
  await ask(world, "start db");
  await isRunning(world, "api");
  expect(await startsOf(world, "api")).toMatchObject([{ by: "monitor" }]);
});
