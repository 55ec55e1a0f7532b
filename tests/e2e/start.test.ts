import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../helpers/eventually.ts";
import { isAlive } from "../helpers/processes.ts";
import { ask, processesOf, statusOf } from "../helpers/schemas.ts";
import { createWorld } from "../helpers/world.ts";

const PAIR = 'name = "demo"\n[tasks]\nweb = "sleep 1000"\napi = "sleep 1000"\n';

const CHAIN = `name = "demo"
[tasks.db]
command = "sleep 1000"
auto_start = false
[tasks.api]
command = "sleep 1000"
depends_on = ["db"]
[tasks.web]
command = "sleep 1000"
depends_on = ["api"]
`;

/** It can't be healthy before it ends: how fast the machine is makes no difference. */
const FAILING = 'name = "demo"\n[tasks.bad]\ncommand = "exit 7"\nhealth_check = "false"\n';

const lines = (path: string): string[] =>
  existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(0, -1) : [];

test("start launches every task and says which", async () => {
  await using world = createWorld();
  world.writeConfig(PAIR);
  const { exitCode, result } = await ask(world, "start");
  expect({ exitCode, result }).toEqual({
    exitCode: 0,
    result: {
      ok: true,
      session: "demo",
      action: "started",
      tasks: ["web", "api"],
      already_running: [],
      skipped: [],
      failed: [],
      warnings: [],
    },
  });
  const { pid } = await statusOf(world, "web");
  await eventually(() => Bun.deepEquals(processesOf(world, "web"), [pid]));
});

test("a second start leaves what runs alone and names it", async () => {
  await using world = createWorld();
  world.writeConfig(PAIR);
  await ask(world, "start");
  const pids = [(await statusOf(world, "web")).pid, (await statusOf(world, "api")).pid];
  const { exitCode, result } = await ask(world, "start");
  expect(exitCode).toBe(0);
  expect(result).toMatchObject({ ok: true, tasks: [], already_running: ["web", "api"] });
  expect([(await statusOf(world, "web")).pid, (await statusOf(world, "api")).pid]).toEqual(pids);
});

// Regression: "With one task missing, `start` refuses instead of starting it."
test("start starts the one of several that is missing", async () => {
  await using world = createWorld();
  world.writeConfig(PAIR);
  await ask(world, "start");
  await ask(world, "stop api");
  const { exitCode, result } = await ask(world, "start");
  expect(exitCode).toBe(0);
  expect(result).toMatchObject({ ok: true, tasks: ["api"], already_running: ["web"] });
});

// Regression: "After `stop T`, `start T` always fails."
test("start T starts a task that was stopped, and leaves one that runs alone", async () => {
  await using world = createWorld();
  world.writeConfig(PAIR);
  await ask(world, "start web");
  await ask(world, "stop web");
  expect((await ask(world, "start web")).result).toEqual({
    ok: true,
    pid: expect.any(Number),
    task: "web",
    action: "started",
    warnings: [],
    dependencies: [],
  });
  expect((await ask(world, "start web")).result.action).toBe("already_running");
  await eventually(() => processesOf(world, "web").length === 1);
  expect(processesOf(world, "api")).toEqual([]);
});

// Regression: "`start T` never starts dependencies; one with `auto_start = false` isn't waited for."
test("start T starts what T depends on first, whatever its auto_start says", async () => {
  await using world = createWorld();
  world.writeConfig(CHAIN);
  expect((await ask(world, "start web")).result).toEqual({
    ok: true,
    pid: expect.any(Number),
    task: "web",
    action: "started",
    warnings: [],
    dependencies: ["db", "api"],
  });
});

test("only dependencies that start T has started are among its dependencies", async () => {
  await using world = createWorld();
  world.writeConfig(CHAIN);
  await ask(world, "start db");
  expect((await ask(world, "start web")).result.dependencies).toEqual(["api"]);
});

test("a bare start leaves tasks with auto_start = false alone, but for dependencies", async () => {
  await using world = createWorld();
  world.writeConfig(`${CHAIN}[tasks.console]\ncommand = "sleep 1000"\nauto_start = false\n`);
  const { result } = await ask(world, "start");
  expect(result.tasks).toEqual(["db", "api", "web"]);
  expect((await statusOf(world, "console")).state).toBe("stopped");
});

test("start T --no-deps starts T alone and warns", async () => {
  await using world = createWorld();
  world.writeConfig(CHAIN);
  const { exitCode, result } = await ask(world, "start web --no-deps");
  expect(exitCode).toBe(0);
  expect(result).toMatchObject({ ok: true, action: "started", dependencies: [] });
  expect(result.warnings).toEqual([expect.stringContaining("api")]);
  expect((await statusOf(world, "api")).state).toBe("stopped");
});

test("start of several names tells of each as of one", async () => {
  await using world = createWorld();
  world.writeConfig(PAIR);
  await ask(world, "start api");
  const { exitCode, result } = await ask(world, "start web api");
  const ok = { ok: true, pid: expect.any(Number), warnings: [], dependencies: [] };
  expect({ exitCode, result }).toEqual({
    exitCode: 0,
    result: {
      ok: true,
      results: [
        { ...ok, task: "web", action: "started" },
        { ...ok, task: "api", action: "already_running" },
      ],
    },
  });
});

test("one of several that fails makes ok false, and the others start", async () => {
  await using world = createWorld();
  world.writeConfig(`${FAILING}[tasks.good]\ncommand = "sleep 1000"\n`);
  const { exitCode, result } = await ask(world, "start good bad --wait");
  expect(exitCode).toBe(1);
  expect(result.results).toMatchObject([
    { ok: true, task: "good", action: "started" },
    { ok: false, task: "bad", error_code: "E215" },
  ]);
  expect((await statusOf(world, "good")).state).toBe("running");
});

test("a task that ends with a failure while it starts is E215, with its status", async () => {
  await using world = createWorld();
  world.writeConfig(FAILING);
  const { exitCode, result } = await ask(world, "start bad --wait");
  expect(exitCode).toBe(1);
  expect(result).toMatchObject({ ok: false, error_code: "E215" });
  expect(result.error).toContain("'bad'");
  expect(result.error).toContain("7");
  expect(await statusOf(world, "bad")).toMatchObject({ state: "failed", exit_code: 7 });
});

test("a bare start continues if a task fails, and exits 1", async () => {
  await using world = createWorld();
  world.writeConfig(`${FAILING}[tasks.good]\ncommand = "sleep 1000"\n`);
  const { exitCode, result } = await ask(world, "start --wait");
  expect(exitCode).toBe(1);
  expect(result).toMatchObject({ ok: false, tasks: ["good"], error_code: "E215" });
  expect(result.failed).toMatchObject([{ task: "bad", error_code: "E215" }]);
});

test.each(["start", "stop", "restart", "kill"])(
  "%s of an unknown task is E200, with the nearest name, and does nothing",
  async (command) => {
    await using world = createWorld();
    world.writeConfig(PAIR);
    await ask(world, "start api");
    const before = await statusOf(world, "api");
    const { exitCode, result } = await ask(world, `${command} api webb`);
    expect(exitCode).toBe(1);
    expect(result).toEqual({
      ok: false,
      error: "Task 'webb' not found in config",
      error_code: "E200",
      hint: expect.stringContaining("'web'"),
    });
    expect(await statusOf(world, "api")).toEqual(before);
  },
);

// Regression: "A missing `cwd` starts the task elsewhere, `ok: true`."
test("a missing cwd is E213, and the task is not launched", async () => {
  await using world = createWorld();
  world.writeConfig(
    'name = "demo"\n[tasks.web]\ncommand = "touch launched; sleep 1000"\ncwd = "gone"\n',
  );
  const { exitCode, result } = await ask(world, "start web");
  expect(exitCode).toBe(1);
  expect(result).toMatchObject({ ok: false, error_code: "E213" });
  expect(result.error).toContain(join(world.project, "gone"));
  expect(processesOf(world, "web")).toEqual([]);
  expect(existsSync(join(world.project, "launched"))).toBe(false);
});

test("with auto_start = false at the top, a bare start makes the session only and says so", async () => {
  await using world = createWorld();
  world.writeConfig(
    'name = "demo"\nauto_start = false\n[tasks]\nweb = "echo >>launched; sleep 1000"\n',
  );
  const { exitCode, result } = await ask(world, "start");
  expect(exitCode).toBe(0);
  expect(result).toMatchObject({ ok: true, action: "started", tasks: [] });
  expect(result.warnings).toEqual([expect.stringContaining("auto_start")]);
  const seen = await ask(world, "status");
  expect(seen.result).toMatchObject({ running: true, active_tasks: 0 });
  expect((await ask(world, "start web")).result.action).toBe("started");
  await eventually(() => lines(join(world.project, "launched")).length === 1);
});

// Regression: "`command = "Up"` replays the shell's history (keys typed into a shell)."
test.each(["Up", "C-c", "Enter"])("a command that is called %s like a key is run", async (name) => {
  await using world = createWorld();
  world.write(`bin/${name}`, "#!/bin/sh\nsleep 1000\n", 0o755);
  world.writeConfig(`name = "demo"\n[tasks]\nweb = "${name}"\n`);
  const PATH = `${world.project}/bin:${world.env["PATH"]}`;
  expect((await ask(world, "start web", { env: { PATH } })).result.ok).toBe(true);
  expect((await statusOf(world, "web")).state).toBe("running");
});

// Regression: "A name with a dot fails inside."
test("a task whose name has a dot is started, seen, restarted, stopped and killed", async () => {
  await using world = createWorld();
  world.writeConfig('name = "demo"\n[tasks]\n"web.v1" = "sleep 1000"\n');
  expect((await ask(world, "start web.v1")).result.action).toBe("started");
  expect((await statusOf(world, "web.v1")).state).toBe("running");
  expect((await ask(world, "restart web.v1")).result.action).toBe("restarted");
  expect((await ask(world, "stop web.v1")).result.action).toBe("stopped");
  expect((await ask(world, "kill web.v1")).result.action).toBe("killed");
});

test("an attached person sees each launch and each end as a line in the window", async () => {
  await using world = createWorld();
  world.writeConfig('name = "demo"\n[tasks]\nweb = "echo said; sleep 1000"\n');
  await ask(world, "start web");
  const { pid } = await statusOf(world, "web");
  const { result } = await ask(world, "inspect web");
  await ask(world, "stop web");
  await eventually(async () => {
    const screen = await world.tmux("capture-pane", "-p", "-t", result.pane_id);
    expect(screen).toContain(`[taskmux] started pid ${pid}: echo said; sleep 1000`);
    expect(screen).toMatch(/said\n[^]*\[taskmux\] ended by/);
    return true;
  });
  expect(isAlive(pid)).toBe(false);
});

test("a config without tasks makes no session, and is no error", async () => {
  await using world = createWorld();
  world.writeConfig('name = "demo"\n');
  const { exitCode, result } = await ask(world, "start");
  expect({ exitCode, ok: result.ok, tasks: result.tasks }).toEqual({
    exitCode: 0,
    ok: true,
    tasks: [],
  });
});
