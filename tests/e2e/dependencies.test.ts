import { expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../helpers/eventually.ts";
import { freePort } from "../helpers/listening.ts";
import { ask, processesOf, statusOf } from "../helpers/schemas.ts";
import { createWorld } from "../helpers/world.ts";

// Readiness is shown by what can only happen in one order; nothing here measures time.

test("each task starts the moment its own dependencies are ready, not level by level", async () => {
  await using world = createWorld();
  // `slow` is ready once the dependent of `fast` runs: level by level it would never be.
  world.writeConfig(`name = "demo"
[tasks.slow]
command = "sleep 1000"
health_check = "test -f second.up"
start_timeout = 600
[tasks.first]
command = "sleep 1000"
[tasks.second]
command = "touch second.up; sleep 1000"
depends_on = ["first"]
[tasks.last]
command = "sleep 1000"
depends_on = ["slow", "second"]
`);
  const { exitCode, result } = await ask(world, "start");
  expect({ exitCode, skipped: result.skipped }).toEqual({ exitCode: 0, skipped: [] });
  expect(result.tasks.toSorted()).toEqual(["first", "last", "second", "slow"]);
});

test("independent tasks start at the same time", async () => {
  await using world = createWorld();
  // Neither is ready before the other one's dependent runs.
  world.writeConfig(`name = "demo"
[tasks.a]
command = "touch a.up; sleep 1000"
health_check = "test -f b.up"
start_timeout = 600
[tasks.b]
command = "touch b.up; sleep 1000"
health_check = "test -f a.up"
start_timeout = 600
[tasks.end]
command = "sleep 1000"
depends_on = ["a", "b"]
`);
  const { exitCode, result } = await ask(world, "start");
  expect({ exitCode, skipped: result.skipped }).toEqual({ exitCode: 0, skipped: [] });
});

// Regression: "Waiting polls at `health_interval`: ready after 1 s is noticed after 10."
test("readiness is noticed when it comes, not at health_interval", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.db]
command = "sleep 0.4; touch db.up; sleep 1000"
health_check = "test -f db.up"
health_interval = 1000
[tasks.api]
command = "test -f db.up && sleep 1000"
depends_on = ["db"]
`);
  const { exitCode, result } = await ask(world, "start --wait");
  expect({ exitCode, tasks: result.tasks }).toEqual({ exitCode: 0, tasks: ["db", "api"] });
});

test("a dependency that fails has its dependents skipped with the reason, and the rest continues", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.db]
command = "sleep 0.3; exit 7"
health_check = "false"
[tasks.api]
command = "touch api.up; sleep 1000"
depends_on = ["db"]
[tasks.web]
command = "touch web.up; sleep 1000"
depends_on = ["api"]
[tasks.other]
command = "sleep 1000"
`);
  const { exitCode, result } = await ask(world, "start");
  expect(exitCode).toBe(1);
  expect(result.ok).toBe(false);
  expect(result.skipped).toEqual([
    { task: "api", reason: expect.stringContaining("'db'") },
    { task: "web", reason: expect.stringContaining("'api'") },
  ]);
  expect(result.failed).toMatchObject([{ task: "db", error_code: "E215" }]);
  expect(result.failed[0].error).toContain("7");
  // The cause is reported once, however many tasks wait for it.
  expect(JSON.stringify(result.skipped)).not.toContain("status 7");
  expect(result.error).toBe("3 of 4 tasks are not running: Task 'db' exited with status 7");
  expect(result.tasks).toEqual(["other"]);
  expect((await statusOf(world, "other")).state).toBe("running");
  expect(existsSync(join(world.project, "api.up"))).toBe(false);
  expect(existsSync(join(world.project, "web.up"))).toBe(false);
});

// Regression: "A dependency slower than retries x interval has its dependents skipped with `ok: true`."
test("a dependency that isn't healthy within its start_timeout fails the start", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.db]
command = "sleep 1000"
health_check = "echo not yet; exit 3"
start_timeout = 0.4
[tasks.api]
command = "sleep 1000"
depends_on = ["db"]
[tasks.other]
command = "sleep 1000"
`);
  const { exitCode, result } = await ask(world, "start");
  expect(exitCode).toBe(1);
  expect(result).toMatchObject({ ok: false, error_code: "E214" });
  expect(result.skipped).toEqual([{ task: "api", reason: expect.stringContaining("'db'") }]);
  expect(result.failed).toMatchObject([{ task: "db", error_code: "E214" }]);
  expect(result.failed[0].error).toContain("not yet");
  expect(result.tasks).toEqual(["other"]);
});

test("a dependency that takes longer than its retries, but not than start_timeout, is waited for", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.db]
command = "sleep 0.6; touch db.up; sleep 1000"
health_check = "test -f db.up"
health_interval = 0.05
health_retries = 1
[tasks.api]
command = "sleep 1000"
depends_on = ["db"]
`);
  const { exitCode, result } = await ask(world, "start");
  expect({ exitCode, tasks: result.tasks }).toEqual({ exitCode: 0, tasks: ["db", "api"] });
});

test("a dependency that ends with 0 and is no oneshot is not ready", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.db]
command = "true"
health_check = "false"
[tasks.api]
command = "sleep 1000"
depends_on = ["db"]
`);
  const { exitCode, result } = await ask(world, "start");
  expect({ exitCode, ok: result.ok }).toEqual({ exitCode: 1, ok: false });
  expect(result.skipped).toEqual([{ task: "api", reason: expect.stringContaining("'db'") }]);
});

test("start T of a task whose dependency fails is E214, and T is not launched", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.db]
command = "exit 7"
health_check = "false"
[tasks.api]
command = "sleep 1000"
depends_on = ["db"]
`);
  const { exitCode, result } = await ask(world, "start api");
  expect(exitCode).toBe(1);
  expect(result).toMatchObject({ ok: false, task: "api", error_code: "E214" });
  expect(result.error).toContain("'db'");
  expect(processesOf(world, "api")).toEqual([]);
});

test("dependents of a oneshot wait until it has exited with 0", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.migrate]
command = "sleep 0.3; touch migrated"
oneshot = true
[tasks.api]
command = "test -f migrated && sleep 1000"
depends_on = ["migrate"]
`);
  expect(await ask(world, "start --wait")).toMatchObject({ exitCode: 0 });
  const migrate = await statusOf(world, "migrate");
  expect(migrate).toMatchObject({ state: "exited", healthy: true, running: false, exit_code: 0 });
  expect((await ask(world, "health")).exitCode).toBe(0);
});

test("a oneshot that fails has its dependents skipped", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.migrate]
command = "sleep 0.2; exit 4"
oneshot = true
[tasks.api]
command = "sleep 1000"
depends_on = ["migrate"]
`);
  const { exitCode, result } = await ask(world, "start");
  expect(exitCode).toBe(1);
  expect(result).toMatchObject({
    error: "2 of 2 tasks are not running: Task 'migrate' exited with status 4",
    tasks: [],
    failed: [{ task: "migrate", error_code: "E215" }],
    skipped: [{ task: "api", reason: "dependency 'migrate' is not ready" }],
  });
});

test("a oneshot that is done is not done again by a bare start, but is when it is named", async () => {
  await using world = createWorld();
  world.writeConfig('name = "demo"\n[tasks.job]\ncommand = "echo done >>jobs"\noneshot = true\n');
  const jobs = () => readFileSync(join(world.project, "jobs"), "utf8");
  await ask(world, "start --wait");
  expect((await ask(world, "start --wait")).result.already_running).toEqual(["job"]);
  expect(jobs()).toBe("done\n");
  await ask(world, "start job --wait");
  expect(jobs()).toBe("done\ndone\n");
});

test.each([
  ["the tmux server has ended", ["kill-server"]],
  ["its session has ended", ["kill-session", "-t=demo"]],
])("a oneshot is done again after %s, and no dependent counts on it before", async (_, end) => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.migrate]
command = "echo done >>jobs"
oneshot = true
[tasks.web]
command = "wc -l <jobs >seen; exec sleep 1000"
depends_on = ["migrate"]
`);
  await world.tmux("new-session", "-d", "-s", "other");
  const jobs = (): string => readFileSync(join(world.project, "jobs"), "utf8");
  await ask(world, "start --wait");
  expect((await ask(world, "start")).result.already_running).toEqual(["migrate", "web"]);
  expect(jobs()).toBe("done\n");
  await world.tmux(...end);
  expect((await ask(world, "start --wait")).result.tasks).toEqual(["migrate", "web"]);
  expect(jobs()).toBe("done\ndone\n");
  await eventually(() => readFileSync(join(world.project, "seen"), "utf8").trim() === "2");
  expect((await ask(world, "start")).result.already_running).toEqual(["migrate", "web"]);
});

test("health_url: ready once it answers 2xx or 3xx", async () => {
  await using world = createWorld();
  let status = 503;
  await using server = Bun.serve({ port: 0, fetch: () => new Response("", { status }) });
  world.writeConfig(`name = "demo"
[tasks.web]
command = "sleep 1000"
health_url = "http://127.0.0.1:${server.port}/up"
`);
  await ask(world, "start");
  const sick = await statusOf(world, "web");
  expect(sick).toMatchObject({ state: "starting", last_health: { ok: false, method: "http" } });
  expect(sick.last_health.reason).toContain("503");
  status = 302;
  expect(await ask(world, "start --wait")).toMatchObject({ exitCode: 0 });
  status = 500;
  expect(await statusOf(world, "web")).toMatchObject({ state: "unhealthy", healthy: false });
  status = 204;
  expect(await statusOf(world, "web")).toMatchObject({ state: "running", healthy: true });
});

test("health_expected_status narrows what health_url takes", async () => {
  await using world = createWorld();
  let status = 200;
  await using server = Bun.serve({ port: 0, fetch: () => new Response("", { status }) });
  world.writeConfig(`name = "demo"
[tasks.web]
command = "sleep 1000"
health_url = "http://127.0.0.1:${server.port}/"
health_expected_status = [401]
`);
  await ask(world, "start");
  expect((await statusOf(world, "web")).state).toBe("starting");
  status = 401;
  expect(await ask(world, "start --wait")).toMatchObject({ exitCode: 0 });
});

test.each(["", "127.0.0.1:"])("health_tcp = '%sPORT': ready once it accepts", async (host) => {
  await using world = createWorld();
  const port = freePort();
  world.writeConfig(`name = "demo"
[tasks.web]
command = "sleep 1000"
health_tcp = ${host === "" ? port : `"${host}${port}"`}
`);
  await ask(world, "start");
  const sick = await statusOf(world, "web");
  expect(sick).toMatchObject({ state: "starting", last_health: { ok: false, method: "tcp" } });
  await using _server = Bun.serve({ port, hostname: "127.0.0.1", fetch: () => new Response() });
  expect(await ask(world, "start --wait")).toMatchObject({ exitCode: 0 });
});

test("ready_log: ready once a line of this launch matches", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.db]
command = "echo starting; until test -f go; do sleep 0.05; done; echo Listening on port 5432; sleep 1000"
ready_log = "[Ll]istening on port \\\\d+"
[tasks.api]
command = "sleep 1000"
depends_on = ["db"]
`);
  const starting = world.spawn(["start", "--json"]);
  await eventually(async () => (await statusOf(world, "db")).state === "starting");
  expect((await statusOf(world, "api")).state).toBe("stopped");
  world.write("go", "");
  expect((await starting.ended()).exitCode).toBe(0);
  expect(await statusOf(world, "db")).toMatchObject({ state: "running", healthy: true });
  // The next launch has to say it again.
  await world.runProgram(["rm", "go"]);
  await ask(world, "restart db");
  expect((await statusOf(world, "db")).state).toBe("starting");
});

test("ready_log and a check: both must hold", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.db]
command = "until test -f go; do sleep 0.05; done; echo ready; sleep 1000"
ready_log = "ready"
health_check = "test -f fine"
`);
  await ask(world, "start");
  world.write("fine", "");
  expect((await statusOf(world, "db")).state).toBe("starting");
  world.write("go", "");
  expect(await ask(world, "start --wait")).toMatchObject({ exitCode: 0 });
});

test("start --wait returns when all that it started is healthy", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.web]
command = "sleep 0.3; touch up; sleep 1000"
health_check = "test -f up"
`);
  const { exitCode, result } = await ask(world, "start web --wait");
  expect({ exitCode, action: result.action }).toEqual({ exitCode: 0, action: "started" });
  expect(existsSync(join(world.project, "up"))).toBe(true);
});

test("start --wait exits 1 with the reason as soon as a task can't become healthy any more", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.web]
command = "sleep 0.3; exit 9"
health_check = "false"
[tasks.api]
command = "sleep 1000"
`);
  const { exitCode, result } = await ask(world, "start --wait --timeout=1000s");
  expect(exitCode).toBe(1);
  expect(result.failed).toMatchObject([{ task: "web", error_code: "E215" }]);
  expect(result.error).toContain("9");
});

test("start --wait exits 124 when its time is up", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.web]
command = "sleep 1000"
health_check = "echo no >&2; exit 1"
`);
  const { exitCode, result } = await ask(world, "start --wait --timeout=400ms");
  expect(exitCode).toBe(124);
  expect(result.failed).toMatchObject([{ task: "web", error_code: "E214" }]);
  const one = await ask(world, "start web --wait --timeout=0.3");
  expect(one.exitCode).toBe(124);
  expect(one.result).toMatchObject({ ok: false, task: "web", error_code: "E214" });
  expect(one.result.error).toContain("no");
});

test("a stop from another terminal ends the wait of start for readiness", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.web]
command = "sleep 1000"
health_check = "false"
[tasks.api]
command = "sleep 1000"
depends_on = ["web"]
`);
  const starting = world.spawn(["start", "--json"]);
  await eventually(async () => (await statusOf(world, "web")).state === "starting");
  expect((await ask(world, "stop web")).result.action).toBe("stopped");
  expect((await starting.ended()).exitCode).toBe(1);
  expect((await statusOf(world, "api")).state).toBe("stopped");
});

test("a start that is interrupted exits 130, and what it launched continues", async () => {
  await using world = createWorld();
  world.writeConfig(
    'name = "demo"\n[tasks.web]\ncommand = "sleep 1000"\nhealth_check = "touch checked; false"\n',
  );
  const starting = world.spawn(["start", "--wait", "--json"]);
  await eventually(() => existsSync(join(world.project, "checked")));
  starting.signal("SIGINT");
  const { exitCode, json } = await starting.ended();
  expect(exitCode).toBe(130);
  expect(json()).toMatchObject({ ok: false, error_code: "E901" });
  expect((await statusOf(world, "web")).running).toBe(true);
});

// Regression: "Checks and hooks run in the caller's directory, not the task's."
test("health checks run in the task's directory with its environment, wherever taskmux is run", async () => {
  await using world = createWorld();
  world.write("app/.migrate-complete", "");
  world.writeConfig(`name = "demo"
[tasks.web]
command = "sleep 1000"
cwd = "app"
env = { WHO = "web" }
health_check = 'test -f .migrate-complete && test "$WHO $TASKMUX_TASK" = "web web"'
`);
  const elsewhere = { cwd: world.home };
  const path = join(world.project, "taskmux.toml");
  const { exitCode } = await ask(world, `start --wait --config=${path}`, elsewhere);
  expect(exitCode).toBe(0);
});

// Regression: "`health` runs each check twice, one after the other."
test("status and health run the checks at the same time, each once", async () => {
  await using world = createWorld();
  // Each check passes once the other one's has begun.
  const meet = (own: string, other: string) =>
    `echo >>${own}.n; touch ${own}.in; until test -f ${other}.in; do sleep 0.02; done`;
  world.writeConfig(`name = "demo"
[tasks.a]
command = "sleep 1000"
health_check = "${meet("a", "b")}"
health_timeout = 600
[tasks.b]
command = "sleep 1000"
health_check = "${meet("b", "a")}"
health_timeout = 600
`);
  await ask(world, "start");
  for (const command of ["health", "status"]) {
    for (const file of ["a.in", "b.in", "a.n", "b.n"]) writeFileSync(join(world.project, file), "");
    await world.runProgram(["rm", "a.in", "b.in"]);
    const { result } = await ask(world, command);
    expect(result.tasks.map((task: any) => task.healthy)).toEqual([true, true]);
    const counts = ["a.n", "b.n"].map((file) => readFileSync(join(world.project, file), "utf8"));
    expect(counts).toEqual(["\n", "\n"]);
  }
});
