import { expect, test } from "bun:test";
import { ApiConnection, startDaemon } from "../helpers/api.ts";
import { eventually } from "../helpers/eventually.ts";
import { isAlive } from "../helpers/processes.ts";
import { ask, statusOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

// What lasts is shown, as long as the process that does it lives. Every act here lasts until a file is there.

/** Runs until `go` is there. */
const held = (then = ""): string => `until test -f go; do sleep 0.02; done${then}`;

const task = (rest: string, command = "sleep 1000"): string =>
  `name = "demo"\n[tasks.web]\ncommand = "${command}"\n${rest}\n`;

/** Ends a moment after C-c, when `go` is there. */
const slow = `trap '${held("; exit")}' INT; echo ready; while :; do sleep 0.02; done`;

const inState = (world: World, state: string) =>
  eventually(async () => (await statusOf(world, "web")).state === state);

const whyWeb = async (world: World) => (await ask(world, "why web")).result;

test("a before_start hook is part of starting, at the first start and at a restart", async () => {
  await using world = createWorld();
  world.writeConfig(task(`hooks = { before_start = "${held()}" }`));
  for (const command of ["start", "restart"]) {
    await world.runProgram(["rm", "-f", "go"]);
    const running = world.spawn([command, "web", "--json"]);
    await inState(world, "starting");
    expect(await statusOf(world, "web")).toMatchObject({
      running: true,
      healthy: false,
      want: "up",
      pid: null,
    });
    expect((await whyWeb(world)).summary).toBe("Task 'web' is being launched");
    const health = (await ask(world, "health")).result.tasks[0];
    expect(health).toMatchObject({ state: "starting", reason: "is being started" });
    world.write("go", "");
    expect((await running.ended()).exitCode).toBe(0);
    expect((await statusOf(world, "web")).state).toBe("running");
  }
});

test.each(["stop", "restart"])("while %s ends a task it is stopping", async (command) => {
  await using world = createWorld();
  world.writeConfig(task('stop_grace_period = 600\nready_log = "ready"', slow));
  await ask(world, "start --wait");
  const running = world.spawn([command, "web", "--json"]);
  await inState(world, "stopping");
  expect(await statusOf(world, "web")).toMatchObject({ running: true, healthy: false });
  expect((await whyWeb(world)).summary).toBe("Task 'web' is being stopped");
  expect((await ask(world, "wait web --timeout=0")).exitCode).not.toBe(0);
  expect((await world.run(["status"])).stdout).toMatch(/web +stopping .*being stopped/);
  world.write("go", "");
  expect((await running.ended()).exitCode).toBe(0);
  await inState(world, command === "stop" ? "stopped" : "running");
});

test("a command that is killed while it stops or starts a task leaves no untrue state", async () => {
  await using world = createWorld();
  world.writeConfig(task('stop_grace_period = 600\nready_log = "ready"', slow));
  await ask(world, "start --wait");
  const stopping = world.spawn(["stop", "web"]);
  await inState(world, "stopping");
  stopping.signal("SIGKILL");
  await stopping.ended();
  expect((await statusOf(world, "web")).state).toBe("running");
  world.write("go", "");
  await ask(world, "stop web");
  await world.runProgram(["rm", "go"]);
  world.writeConfig(task(`hooks = { before_start = "${held()}" }`));
  const starting = world.spawn(["start", "web"]);
  await inState(world, "starting");
  starting.signal("SIGKILL");
  await starting.ended();
  expect(await statusOf(world, "web")).toMatchObject({ state: "stopped", running: false });
});

test("a monitor's restart after failed checks is stopping, then starting", async () => {
  await using world = createWorld();
  world.write("up", "");
  world.writeConfig(
    task(
      `stop_grace_period = 600
ready_log = "ready"
health_check = "test -f up"
health_interval = 0.05
health_retries = 1
hooks = { before_start = "until test -f hook; do sleep 0.02; done" }`,
      slow,
    ),
  );
  world.write("hook", "");
  await ask(world, "start --wait");
  const { pid } = await statusOf(world, "web");
  await startDaemon(world);
  await world.runProgram(["rm", "up", "hook"]);
  await inState(world, "stopping");
  world.write("go", "");
  await inState(world, "starting");
  expect(isAlive(pid)).toBe(false);
  const { summary, hint } = await whyWeb(world);
  expect(summary).toBe("Task 'web' is being launched");
  expect(hint).not.toContain("taskmux start");
  world.write("up", "");
  world.write("hook", "");
  await inState(world, "running");
});

test("what a daemon was asked for and could not do is not under way any more", async () => {
  await using world = createWorld();
  const api = '[tasks.api]\ncommand = "sleep 1000"\nrestart_policy = "no"';
  world.writeConfig(task(`hooks = { before_stop = "exit 3" }\n${api}`));
  const daemon = await startDaemon(world);
  await using client = await ApiConnection.open(daemon.port);
  await client.ask("start");
  for (const command of ["stop", "restart"]) {
    const reply = await client.ask(command, { task: "web" });
    expect(reply).toMatchObject({ success: false, error_code: "E400" });
    expect((await statusOf(world, "web")).state).toBe("running");
  }
  // One of both is stopped, and launched again only with the other.
  expect(await client.ask("restart")).toMatchObject({ success: false, error_code: "E400" });
  expect((await statusOf(world, "api")).state).toBe("stopped");
  expect(await client.ask("kill", { task: "web" })).toMatchObject({ success: true });
  expect((await statusOf(world, "web")).state).toBe("stopped");
});

test("a restart by a monitor that failed half way is not under way any more", async () => {
  await using world = createWorld();
  world.write("up", "");
  const sockets = world.env["TMUX_TMPDIR"]!;
  // No tmux server can be started then. A launcher outlives its server for a moment, in which it takes a launch.
  const gone = "while ps -o stat= -p $launcher | grep -q '^[^Z]'; do sleep 0.02; done";
  const after_stop = `launcher=$(tmux list-panes -aF '#{pane_pid}'); tmux kill-server; ${gone}; rm -r ${sockets}; touch ${sockets}`;
  world.writeConfig(
    task(`restart_backoff = 50
health_check = "test -f up"
health_interval = 0.05
health_retries = 1
hooks = { after_stop = "${after_stop}" }`),
  );
  await ask(world, "start --wait");
  await startDaemon(world);
  await world.runProgram(["rm", "up"]);
  await eventually(async () => {
    const { result } = await ask(world, "events");
    return result.events.some(({ event }: any) => event === "auto_restart_failed");
  });
  await world.runProgram(["sh", "-c", `rm ${sockets} && mkdir -m 700 ${sockets}`]);
  await inState(world, "backoff");
});
