import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ApiConnection, startDaemon } from "../helpers/api.ts";
import { eventually } from "../helpers/eventually.ts";
import { ask, statusOf } from "../helpers/schemas.ts";
import { createWorld } from "../helpers/world.ts";

// Each readiness is that of the moment at which it is used. What is waited for in vain never comes: a result shows it.

/** `api` dies once it counted as running; `db` is never healthy. */
const EARLY = `name = "early"
[tasks.api]
command = "sleep 0.4; exit 3"
[tasks.db]
command = "sleep 1000"
health_check = "false"
start_timeout = 600
[tasks.web]
command = "touch web.up; sleep 1000"
depends_on = ["api", "db"]
`;

const dead = { error_code: "E215", error: expect.stringContaining("status 3") };

test("start --wait fails as soon as one that was ready has died, whatever is waited for", async () => {
  await using world = createWorld();
  world.writeConfig(EARLY);
  const { exitCode, result } = await ask(world, "start --wait --timeout=600");
  expect(exitCode).toBe(1);
  expect(result).toMatchObject({
    ok: false,
    failed: [{ task: "api", ...dead }],
    skipped: [{ task: "web", reason: expect.stringContaining("'api'") }],
    tasks: ["db"],
  });
  expect(await statusOf(world, "db")).toMatchObject({ running: true, want: "up" });
});

test("restart --wait of several names does the same, and tells which", async () => {
  await using world = createWorld();
  world.writeConfig(EARLY);
  const { exitCode, result } = await ask(world, "restart db api --wait --timeout=600");
  expect(exitCode).toBe(1);
  expect(result.results).toMatchObject([
    { ok: true, task: "db" },
    { ok: false, task: "api", ...dead },
  ]);
});

test("restart --wait does not say that it waits for a task after it was ready", async () => {
  await using world = createWorld();
  world.writeConfig('name = "calm"\n[tasks.web]\ncommand = "sleep 1000"\nhealth_check = "true"\n');
  await world.run(["start", "--wait"]);
  const { exitCode, stderr } = await world.run(["restart", "web", "--wait"]);
  expect({ exitCode, last: stderr.trimEnd().split("\n").at(-1) }).toEqual({
    exitCode: 0,
    last: expect.stringMatching(/^web: ready after /),
  });
});

test("the API's start with wait does the same", async () => {
  await using world = createWorld();

  world.writeConfig(EARLY.replace("[tasks.api]", `[tasks.api]\nrestart_policy = "no"`));
  const daemon = await startDaemon(world);
  await using client = await ApiConnection.open(daemon.port);
  const reply = await client.ask("start", { wait: true, timeout: 600 });
  expect(reply).toMatchObject({ success: false, failed: [{ task: "api", ...dead }] });
});

test("a dependent is launched only if all that it depends on is ready in that moment", async () => {
  await using world = createWorld();
  world.writeConfig(EARLY.replace('health_check = "false"', 'health_check = "test -f up"'));
  const starting = world.spawn(["start", "--json"]);
  await eventually(async () => (await statusOf(world, "api")).state === "failed");
  world.write("up", "");
  const { exitCode, json } = await starting.ended();
  expect(exitCode).toBe(1);
  expect(json()).toMatchObject({
    failed: [{ task: "api", ...dead }],
    skipped: [{ task: "web", reason: "dependency 'api' is not ready" }],
  });
  expect(existsSync(join(world.project, "web.up"))).toBe(false);
});

test("a dependency that was healthy once is checked again before a dependent is launched", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.db]
command = "sleep 1000"
health_check = "test -f up"
start_timeout = 0.3
[tasks.web]
command = "touch web.up; sleep 1000"
depends_on = ["db"]
`);
  world.write("up", "");
  await ask(world, "start db --wait");
  await world.runProgram(["rm", "up"]);
  const { exitCode, result } = await ask(world, "start");
  expect({ exitCode, already: result.already_running, tasks: result.tasks }).toEqual({
    exitCode: 1,
    already: [],
    tasks: [],
  });
  expect(result.failed).toMatchObject([{ task: "db", error_code: "E214" }]);
  expect(existsSync(join(world.project, "web.up"))).toBe(false);
});

test("what runs is left alone, whatever became of its dependencies", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.db]
command = "until test -f end; do sleep 0.02; done; exit 5"
[tasks.web]
command = "sleep 1000"
depends_on = ["db"]
`);
  await ask(world, "start");
  world.write("end", "");
  await eventually(async () => (await statusOf(world, "db")).state === "failed");
  const { result } = await ask(world, "start");
  expect(result).toMatchObject({ already_running: ["web"], skipped: [], failed: [{ task: "db" }] });
});

test("under a monitor a dependency that has ended is waited for: it comes back", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.db]
command = "test -f up && touch well && exec sleep 1000; touch up; exit 1"
health_check = "test -f well"
[tasks.web]
command = "sleep 1000"
depends_on = ["db"]
`);
  await startDaemon(world);
  const { exitCode, result } = await ask(world, "start web --wait");
  expect({ exitCode, action: result.action }).toEqual({ exitCode: 0, action: "started" });
  expect(await statusOf(world, "db")).toMatchObject({ state: "running", restarts: 1 });
});

test("a job that is done counts as ready, as long as others are waited for", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.migrate]
command = "true"
oneshot = true
[tasks.db]
command = "sleep 0.5; touch up; sleep 1000"
health_check = "test -f up"
[tasks.web]
command = "sleep 1000"
depends_on = ["migrate", "db"]
`);
  const { exitCode, result } = await ask(world, "start --wait");
  expect({ exitCode, tasks: result.tasks }).toEqual({
    exitCode: 0,
    tasks: ["migrate", "db", "web"],
  });
});

test("start says that a task which ended with a failure while others were waited for has failed", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.api]
command = "sleep 0.3; exit 3"
[tasks.db]
command = "sleep 1000"
health_check = "test -f up"
[tasks.web]
command = "sleep 1000"
depends_on = ["db"]
`);
  const starting = world.spawn(["start", "--json"]);
  await eventually(async () => (await statusOf(world, "api")).state === "failed");
  world.write("up", "");
  const { exitCode, json } = await starting.ended();
  expect(exitCode).toBe(1);
  expect(json()).toMatchObject({ failed: [{ task: "api", ...dead }], tasks: ["db", "web"] });
});

test("start -m does not wait for a dependency that nobody restarts before it watches", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.db]
command = "sleep 0.2; exit 5"
health_check = "false"
max_restarts = 1
start_timeout = 600
[tasks.web]
command = "sleep 1000"
depends_on = ["db"]
`);
  const monitor = world.spawn(["start", "-m"]);
  await eventually(() => monitor.stdout().includes("skipped web"));
  monitor.signal("SIGTERM");
  await monitor.ended();
});

test("a dependency that dies while the hook of its dependent runs keeps that one from its launch", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.db]
command = "until test -f end; do sleep 0.02; done; exit 5"
[tasks.web]
command = "touch web.up; sleep 1000"
depends_on = ["db"]
hooks = { before_start = "touch hook; until test -f go; do sleep 0.02; done" }
`);
  const starting = world.spawn(["start", "--json"]);
  await eventually(() => existsSync(join(world.project, "hook")));
  world.write("end", "");
  await eventually(async () => (await statusOf(world, "db")).state === "failed");
  world.write("go", "");
  const { exitCode, json } = await starting.ended();
  expect(exitCode).toBe(1);
  expect(json()).toMatchObject({
    failed: [{ task: "db", error_code: "E215" }],
    skipped: [{ task: "web", reason: "dependency 'db' is not ready" }],
  });
  expect(existsSync(join(world.project, "web.up"))).toBe(false);
  expect(await statusOf(world, "web")).toMatchObject({ state: "stopped", want: "up" });
});

test("once its time is up, a start that a daemon was asked for launches nothing more", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.db]
command = "sleep 1000"
health_check = "test -f up"
[tasks.web]
command = "touch web.up; sleep 1000"
depends_on = ["db"]
`);
  const daemon = await startDaemon(world);
  await using client = await ApiConnection.open(daemon.port);
  const reply = await client.ask("start", { wait: true, timeout: 8 });
  expect(reply).toMatchObject({ success: false, error_code: "E214" });
  const reason = "the timeout of --wait expired";
  await eventually(async () => (await statusOf(world, "web")).refused?.reason === reason);
  world.write("up", "");
  await ask(world, "wait db");
  expect(existsSync(join(world.project, "web.up"))).toBe(false);
});

test("what waits for a restart hears that the monitor has died", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.web]
command = "exit 3"
restart_backoff = 60
`);
  const daemon = await startDaemon(world);
  await ask(world, "start web");
  await eventually(async () => (await statusOf(world, "web")).state === "backoff");
  const waiting = world.spawn(["wait", "web", "--timeout=600"]);
  await eventually(() => waiting.stderr().includes("about to be launched again"));
  daemon.running.signal("SIGKILL");
  const { exitCode, stderr } = await waiting.ended();
  expect(exitCode).toBe(1);
  expect(stderr).toContain("Task 'web' exited with status 3");
});
