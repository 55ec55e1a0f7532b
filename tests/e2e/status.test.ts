import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../helpers/eventually.ts";
import { isAlive, signal } from "../helpers/processes.ts";
import { ask, statusOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const PAIR = 'name = "demo"\n[tasks]\nweb = "sleep 1000"\napi = "sleep 1000"\n';

test.each(["status", "list", "ls"])("%s of a project that was never started", async (command) => {
  await using world = createWorld();
  const config_path = world.writeConfig(`name = "demo"
[tasks.web]
command = "sleep 1000"
port = 4000
cwd = "app"
restart_policy = "always"
depends_on = ["db"]
[tasks.db]
command = "sleep 1000"
auto_start = false
`);
  const rest = {
    state: "stopped",
    running: false,
    healthy: false,
    want: "down",
    command: "sleep 1000",
    pid: null,
    exit_code: null,
    exit_signal: null,
    started_at: null,
    restarts: 0,
    last_health: null,
    log_error: null,
    refused: null,
  };
  expect(await ask(world, command)).toMatchObject({
    exitCode: 0,
    result: {
      session: "demo",
      running: false,
      active_tasks: 0,
      config_path,
      monitor: null,
      tasks: [
        {
          ...rest,
          name: "web",
          auto_start: true,
          port: 4000,
          restart_policy: "always",
          cwd: join(world.project, "app"),
          depends_on: ["db"],
        },
        {
          ...rest,
          name: "db",
          auto_start: false,
          port: null,
          restart_policy: "on-failure",
          cwd: world.project,
          depends_on: [],
        },
      ],
    },
  });
});

// Regression: "`pid` is a string, and the shell's."
test("pid is a number, the command's own, and alive", async () => {
  await using world = createWorld();
  world.writeConfig('name = "demo"\n[tasks]\nweb = "sleep 1234"\n');
  await ask(world, "start");
  const { pid } = await statusOf(world, "web");
  expect(typeof pid).toBe("number");
  const argsOf = async () =>
    (await world.runProgram(["ps", "-o", "args=", "-p", String(pid)])).stdout.trim();
  await eventually(async () => (await argsOf()) === "sleep 1234");
});

test("pid is what the command sees as its own", async () => {
  await using world = createWorld();
  world.writeConfig(
    'name = "demo"\n[tasks]\nweb = "echo $$ >pid; sleep 1000; true"\nrun = "exec sh -c \'echo $$ >pid2; exec sleep 1000\'"\n',
  );
  await ask(world, "start");
  const read = (name: string) => Number(readFileSync(join(world.project, name), "utf8"));
  await eventually(() => read("pid") > 0 && read("pid2") > 0);
  expect((await statusOf(world, "web")).pid).toBe(read("pid"));
  expect((await statusOf(world, "run")).pid).toBe(read("pid2"));
});

test("started_at is when the task was launched", async () => {
  await using world = createWorld();
  world.writeConfig(PAIR);
  const before = Date.now();
  await ask(world, "start");
  const started = Date.parse((await statusOf(world, "web")).started_at);
  expect(started).toBeGreaterThanOrEqual(before);
  expect(started).toBeLessThanOrEqual(Date.now());
});

// Regression: "A task that is a shell script counts as dead."
test("a task that is a shell script runs", async () => {
  await using world = createWorld();
  world.write("server.sh", "#!/bin/sh\nwhile :; do sleep 1; done\n", 0o755);
  world.writeConfig(`name = "demo"
[tasks]
script = "./server.sh"
shell = "while :; do sleep 1; done"
interactive = "sh"
`);
  await ask(world, "start --wait");
  const { result } = await ask(world, "status");
  expect(result.tasks.map(({ state }: any) => state)).toEqual(["running", "running", "running"]);
});

// Regression: "An exited or stopped task is "running", since its window exists."
test.each([
  ["exit 0", "exited", 0, null],
  ["exit 3", "failed", 3, null],
  ["exit 137", "failed", 137, null],
  ["exit 143; true", "failed", 143, null],
  ["kill -KILL $$", "failed", null, "SIGKILL"],
  ["kill -TERM $$", "failed", null, "SIGTERM"],
  ["exit 130", "failed", 130, null],
  ["kill -SEGV $$", "failed", null, "SIGSEGV"],
  ["no-such-command-here", "failed", 127, null],
])("a task that ends by '%s' is %s (%p, %p)", async (command, state, exit_code, exit_signal) => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"\n[tasks]\nweb = "sleep 0.1; ${command}"\n`);
  await ask(world, "start");
  const seen = await eventually(async () => {
    const status = await statusOf(world, "web");
    return status.running ? null : status;
  });
  expect(seen).toMatchObject({ state, exit_code, exit_signal, want: "up", pid: null });
  expect(seen.healthy).toBe(false);
});

test("a task whose process someone kills by its pid is failed by SIGKILL", async () => {
  await using world = createWorld();
  world.writeConfig(PAIR);
  await ask(world, "start");
  const { pid } = await statusOf(world, "web");
  signal(pid, "SIGKILL");
  await eventually(async () => !(await statusOf(world, "web")).running);
  expect(await statusOf(world, "web")).toMatchObject({ state: "failed", exit_signal: "SIGKILL" });
});

test("C-c typed into a task's window ends the task, and the window stays", async () => {
  await using world = createWorld();
  world.writeConfig(PAIR);
  await ask(world, "start");
  const { pane_id } = (await ask(world, "inspect web")).result;
  await world.tmux("send-keys", "-t", pane_id, "C-c");
  await eventually(async () => !(await statusOf(world, "web")).running);
  expect(await statusOf(world, "web")).toMatchObject({ state: "failed", exit_signal: "SIGINT" });
  expect((await ask(world, "inspect web")).result.pane_id).toBe(pane_id);
});

// Regression: "When the last window dies the session dies."
test("the session stays when its last task has ended", async () => {
  await using world = createWorld();
  world.writeConfig('name = "demo"\n[tasks]\nweb = "sleep 0.1"\n');
  await ask(world, "start");
  await eventually(async () => (await statusOf(world, "web")).state === "exited");
  expect((await ask(world, "status")).result).toMatchObject({ running: true, active_tasks: 0 });
});

test("a task is starting until its check passes, then running, and unhealthy when it fails again", async () => {
  await using world = createWorld();
  world.writeConfig(
    'name = "demo"\n[tasks.web]\ncommand = "sleep 1000"\nhealth_check = "echo no file; test -f up"\n',
  );
  await ask(world, "start");
  expect(await statusOf(world, "web")).toMatchObject({
    state: "starting",
    running: true,
    healthy: false,
    last_health: { ok: false, method: "command", reason: "exited with status 1: no file" },
  });
  world.write("up", "");
  expect(await statusOf(world, "web")).toMatchObject({
    state: "running",
    healthy: true,
    last_health: { ok: true, reason: null },
  });
  await world.runProgram(["rm", "up"]);
  expect(await statusOf(world, "web")).toMatchObject({
    state: "unhealthy",
    running: true,
    healthy: false,
  });
});

test("a check that doesn't end is ended after health_timeout, with all that it started", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.web]
command = "sleep 1000"
health_check = "echo $$ >>checks; sleep 1001 & echo $! >>checks; wait"
health_timeout = 0.3
`);
  await ask(world, "start");
  const pids = () => readFileSync(join(world.project, "checks"), "utf8").trim().split("\n");
  // On a busy machine it may be ended before it has started anything.
  await eventually(async () => {
    world.write("checks", "");
    const { last_health } = await statusOf(world, "web");
    expect(last_health).toMatchObject({ ok: false, reason: "no answer within 0.3 s" });
    return pids().length === 2;
  });
  await eventually(() => !pids().map(Number).some(isAlive));
});

const moves: [
  what: string,
  act: (world: World, window: string, pane: string) => Promise<string>,
][] = [
  ["renamed", (world, window) => world.tmux("rename-window", "-t", window, "api")],
  ["moved", (world, window) => world.tmux("move-window", "-s", window, "-t", "=demo:77")],
  ["split", (world, window) => world.tmux("split-window", "-d", "-b", "-t", window, "sleep 1000")],
  ["broken off its window", (world, _, pane) => world.tmux("break-pane", "-d", "-s", pane)],
];

// Regression: "A renamed window makes the task "not running"."
test.each(moves)("a window that the user has %s is found by every command", async (_, act) => {
  await using world = createWorld();
  world.writeConfig('name = "demo"\n[tasks]\nweb = "sleep 1000"\ndb = "sleep 1000"\n');
  await ask(world, "start");
  const { pid, window_id, pane_id } = (await ask(world, "inspect web")).result;
  if (_ === "broken off its window") await world.tmux("split-window", "-d", "-t", window_id);
  await act(world, window_id, pane_id);
  expect(await statusOf(world, "web")).toMatchObject({ state: "running", pid });
  expect((await ask(world, "start web")).result.action).toBe("already_running");
  expect((await ask(world, "inspect web")).result.pane_id).toBe(pane_id);
  expect((await ask(world, "restart web")).result.action).toBe("restarted");
  expect((await ask(world, "stop web")).result.action).toBe("stopped");
  expect((await ask(world, "kill web")).result.action).toBe("killed");
  expect((await statusOf(world, "db")).state).toBe("running");
});

test("a window of the user's own that is called like a task is no task", async () => {
  await using world = createWorld();
  world.writeConfig(PAIR);
  await ask(world, "start api");
  await world.tmux("new-window", "-d", "-t", "=demo:", "-n", "web", "sleep 1000");
  expect(await statusOf(world, "web")).toMatchObject({ state: "stopped", pid: null });
  expect((await ask(world, "start")).result.tasks).toEqual(["web"]);
});

test("a task whose window was closed in tmux is not running, and start brings it back", async () => {
  await using world = createWorld();
  world.writeConfig(PAIR);
  await ask(world, "start");
  const { pane_id } = (await ask(world, "inspect web")).result;
  await world.tmux("kill-pane", "-t", pane_id);
  await eventually(async () => !(await statusOf(world, "web")).running);
  expect((await ask(world, "start")).result.tasks).toEqual(["web"]);
  expect((await statusOf(world, "web")).state).toBe("running");
});

test("active_tasks counts those that run", async () => {
  await using world = createWorld();
  world.writeConfig(`${PAIR}db = "sleep 1000"\n`);
  await ask(world, "start");
  await ask(world, "stop db");
  expect((await ask(world, "status")).result).toMatchObject({ running: true, active_tasks: 2 });
});

test.each([
  ["outside of a repository", null],
  ["in a repository", ".git/HEAD"],
])("status asks tmux once, %s", async (_where, file) => {
  await using world = createWorld();
  world.writeConfig('name = "demo"\n[tasks]\nweb = "sleep 1000"\n');
  if (file !== null) world.write(file, "ref: refs/heads/main\n");
  await world.run(["start", "--json"]);
  const real = Bun.which("tmux");
  world.write("bin/tmux", `#!/bin/sh\necho "$*" >>calls\nexec ${real} "$@"\n`, 0o755);
  const PATH = `${world.project}/bin:${world.env["PATH"]}`;
  const { exitCode } = await world.run(["status", "--json"], { env: { PATH } });
  expect(exitCode).toBe(0);
  const calls = readFileSync(`${world.project}/calls`, "utf8").trim().split("\n");
  expect(calls).toEqual([expect.stringContaining("list-panes")]);
});
