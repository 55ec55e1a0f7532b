import { expect, test } from "bun:test";
import { mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually, eventuallyIs } from "../helpers/eventually.ts";
import { isAlive, processesWith } from "../helpers/processes.ts";
import { ask, processesOf, statusOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const config = (fields: string, command = "exec sleep 1000"): string =>
  `name = "demo"\n[tasks.web]\ncommand = "${command}"\n${fields}\n`;

/** A monitor, once all is started; its events as they come. */
async function monitor(world: World) {
  const running = world.spawn(["start", "-m", "--json"]);
  const events = () => running.lines().map((line) => JSON.parse(line));
  await eventually(async () => {
    const { result } = await ask(world, "status");
    return result.monitor?.pid === running.pid && result.tasks.some((task: any) => task.started_at);
  });
  const count = (event: string) => events().filter((one) => one.event === event).length;
  return { ...running, events, count };
}

const pidOf = async (world: World, task = "web"): Promise<number | null> =>
  (await statusOf(world, task)).pid;

/** The pid of a launch after that of `before`. */
const nextPid = (world: World, before: number | null, task = "web"): Promise<number> =>
  eventuallyIs(
    async () => (await pidOf(world, task)) ?? 0,
    (pid) => pid !== 0 && pid !== before,
  );

test("a task that is killed is launched again, in the same window, and it is on record", async () => {
  await using world = createWorld();
  world.writeConfig(config(""));
  const watched = await monitor(world);
  const before = (await ask(world, "inspect web")).result;
  process.kill(before.pid, "SIGKILL");
  await nextPid(world, before.pid);
  const after = (await ask(world, "inspect web")).result;
  expect(after).toMatchObject({ state: "running", restarts: 1, window_id: before.window_id });
  await eventually(() => watched.count("auto_restart") === 1);
  expect(watched.events().find(({ event }) => event === "task_exited")).toMatchObject({
    session: "demo",
    task: "web",
    exit_code: null,
    signal: "SIGKILL",
  });
});

// defects.md: "on-failure restarts after status 0."
test.each([
  ["no", 3, false],
  ["no", 0, false],
  ["on-failure", 0, false],
  ["on-failure", 3, true],
  ["always", 0, true],
  ["always", 3, true],
])("restart_policy %s, exit %p: restarted %p", async (policy, status, isRestarted) => {
  await using world = createWorld();
  const command = `test -f once && exec sleep 1000; touch once; while [ ! -f go ]; do sleep 0.02; done; exit ${status}`;
  world.writeConfig(config(`restart_policy = "${policy}"`, command));
  const watched = await monitor(world);
  writeFileSync(join(world.project, "go"), "");
  await eventually(() => watched.count("task_exited") === 1);
  if (isRestarted) {
    await eventually(async () => (await statusOf(world, "web")).state === "running");
    return;
  }
  const state = status === 0 ? "exited" : "failed";
  expect(await statusOf(world, "web")).toMatchObject({ state, exit_code: status, restarts: 0 });
  expect(watched.count("auto_restart")).toBe(0);
});

test("a job that exited with 0 is done, whatever its policy", async () => {
  await using world = createWorld();
  world.writeConfig(config('oneshot = true\nrestart_policy = "always"', "true"));
  const watched = await monitor(world);
  await eventually(() => watched.count("task_exited") === 1);
  expect(await statusOf(world, "web")).toMatchObject({ state: "exited", healthy: true });
  expect(watched.count("auto_restart")).toBe(0);
});

// defects.md: "max_restarts_reached is recorded at each sweep."
test("after max_restarts it is failed, with one event, and start begins anew", async () => {
  await using world = createWorld();
  world.writeConfig(config("max_restarts = 2\nrestart_backoff = 0.1", "sleep 0.1; exit 1"));
  const watched = await monitor(world);
  await eventually(() => watched.count("max_restarts_reached") === 1);
  expect(await statusOf(world, "web")).toMatchObject({ state: "failed", restarts: 2 });
  expect(watched.count("auto_restart")).toBe(2);
  await ask(world, "start web");
  await eventually(() => watched.count("max_restarts_reached") === 2);
  expect(watched.count("auto_restart")).toBe(4);
});

test("between restarts it is in backoff, while a monitor lives", async () => {
  await using world = createWorld();
  world.writeConfig(config("restart_backoff = 50", "sleep 0.1; exit 1"));
  const watched = await monitor(world);
  await eventually(async () => (await statusOf(world, "web")).state === "backoff");
  expect(await statusOf(world, "web")).toMatchObject({ running: false, restarts: 1, exit_code: 1 });
  watched.signal("SIGKILL");
  await eventually(async () => (await statusOf(world, "web")).state === "failed");
});

// defects.md: "A stopped task is restarted by a separate daemon (the flag lives in the memory of the command)."
test.each(["stop web", "kill web"])(
  "%s from elsewhere is final, whatever the policy",
  async (command) => {
    await using world = createWorld();
    world.writeConfig(
      `${config('restart_policy = "always"')}[tasks.api]\ncommand = "sleep 1000"\n`,
    );
    const watched = await monitor(world);
    await ask(world, command);
    const api = await pidOf(world, "api");
    process.kill(api!, "SIGKILL");
    await nextPid(world, api, "api");
    expect(await statusOf(world, "web")).toMatchObject({ state: "stopped", want: "down" });
    expect(
      watched.events().some(({ event, task }) => event === "auto_restart" && task === "web"),
    ).toBe(false);
    await ask(world, "start web");
    const web = await pidOf(world);
    process.kill(web!, "SIGKILL");
    await nextPid(world, web);
  },
);

// defects.md: "The daemon starts auto_start = false tasks nobody started."
test("a task that nobody started is not started", async () => {
  await using world = createWorld();
  world.writeConfig(`${config("")}[tasks.manual]\ncommand = "sleep 1000"\nauto_start = false\n`);
  await monitor(world);
  const before = await pidOf(world);
  process.kill(before!, "SIGKILL");
  await nextPid(world, before);
  expect(await statusOf(world, "manual")).toMatchObject({ state: "stopped", started_at: null });
});

// defects.md: "When the last window dies the session dies, and nothing restarts."
test.each(["kill-session", "kill-server"])(
  "after %s the tasks come back, and it is said",
  async (end) => {
    await using world = createWorld();
    world.writeConfig(config(""));
    const watched = await monitor(world);
    // An older tmux tells nobody: its end is found by the sweep.
    const tells = Number(/\d+\.\d+/.exec(await world.tmux("-V"))?.[0] ?? "9.9") >= 3.2;
    const isWatched = async () => (await world.tmux("list-clients")).includes("control-mode");
    if (tells) await eventually(isWatched);
    const before = await pidOf(world);
    await world.tmux(end);
    await eventually(() => watched.stderr().includes("tmux session 'demo' has ended"));
    await nextPid(world, before);
    expect((await ask(world, "status")).result.running).toBe(true);
  },
);

test("health_retries failed checks in a row restart a task whose process lives", async () => {
  await using world = createWorld();
  const check = 'health_check = "test -f up"\nhealth_interval = 0.1\nhealth_retries = 2';
  world.writeConfig(config(check, "touch up; exec sleep 1000"));
  const watched = await monitor(world);
  await eventually(() => watched.count("task_healthy") === 1);
  const before = await pidOf(world);
  await Bun.file(join(world.project, "up")).delete();
  await nextPid(world, before);
  const failed = watched.events().filter(({ event }) => event === "health_check_failed");
  expect(failed.map(({ attempt }) => attempt)).toEqual([1, 2]);
  await eventually(() => watched.count("task_healthy") === 2);
  expect(isAlive(before!)).toBe(false);
});

test("a check that hangs is cut at health_timeout, with all that it started", async () => {
  await using world = createWorld();
  const check =
    'health_check = "setsid sleep 7777 & sleep 7777"\nhealth_interval = 0.1\nhealth_timeout = 0.3';
  world.writeConfig(config(`${check}\nrestart_policy = "no"`));
  const watched = await monitor(world);
  await eventually(() => watched.count("health_check_failed") >= 2);
  watched.signal("SIGINT");
  await watched.ended();
  const left = processesWith(`TASKMUX_TEST_WORLD=${world.root}`).filter((pid) =>
    commandOf(pid).includes("7777"),
  );
  expect(left).toEqual([]);
});

const commandOf = (pid: number): string => {
  const { stdout } = Bun.spawnSync(["ps", "-o", "args=", "-p", String(pid)]);
  return stdout.toString();
};

test("a second monitor is refused with E701, and names the first", async () => {
  await using world = createWorld();
  world.writeConfig(config(""));
  const first = await monitor(world);
  const { exitCode, result } = await ask(world, "start -m");
  expect(exitCode).toBe(1);
  expect(result.error_code).toBe("E701");
  expect(result.error).toContain(String(first.pid));
});

test("the next monitor takes over from one that was killed, counts included", async () => {
  await using world = createWorld();
  world.writeConfig(config("restart_backoff = 0.1"));
  const first = await monitor(world);
  const before = await pidOf(world);
  process.kill(before!, "SIGKILL");
  const second = await nextPid(world, before);
  first.signal("SIGKILL");
  await first.ended();
  expect((await ask(world, "status")).result.monitor).toBeNull();
  process.kill(second, "SIGKILL");
  await eventually(async () => (await statusOf(world, "web")).state === "failed");
  const heir = world.spawn(["start", "-m", "--json"]);
  await eventually(async () => (await ask(world, "status")).result.monitor?.pid === heir.pid);
  await eventually(async () => (await statusOf(world, "web")).state === "running");
});

test("C-c ends the monitor, says so, and the tasks live on", async () => {
  await using world = createWorld();
  world.writeConfig(config(""));
  const watched = world.spawn(["start", "-m"]);
  await eventually(async () => (await ask(world, "status")).result.monitor?.pid === watched.pid);
  const pid = await eventually(() => pidOf(world));
  watched.signal("SIGINT");
  const { exitCode, stdout } = await watched.ended();
  expect(exitCode).toBe(130);
  expect(stdout).toContain("the tasks go on");
  expect(await statusOf(world, "web")).toMatchObject({ state: "running", pid });
  expect(processesOf(world, "web")).toContain(pid);
});

test("on a terminal it shows the tasks and the last events", async () => {
  await using world = createWorld();
  world.writeConfig(config(""));
  const shown = world.spawnOnTerminal(["start", "-m"]);
  const pid = await eventually(() => pidOf(world));
  await eventually(() => shown.seen().includes("running"));
  process.kill(pid, "SIGKILL");
  await eventually(() => shown.seen().includes("automatic restart 1"));
  expect(shown.seen()).toContain("C-c ends the monitor");
});

test("a restart repeats the launch, whatever was written into the config since", async () => {
  await using world = createWorld();
  world.writeConfig(config(""));
  await monitor(world);
  const before = await pidOf(world);
  world.writeConfig(config('env = { NEW = "1" }', "exec sleep 2000"));
  process.kill(before!, "SIGKILL");
  const after = await nextPid(world, before);
  const { stdout } = await world.runProgram(["ps", "-o", "args=", "-p", `${after}`]);
  expect(stdout).toContain("sleep 1000");
  expect((await ask(world, "inspect web")).result.env_keys).not.toContain("NEW");
});

test("what a crashed task leaves in a session of its own is ended before the restart", async () => {
  await using world = createWorld();
  world.writeConfig(config("", "setsid sleep 2000 & exec sleep 1000"));
  await monitor(world);
  const both = () => eventually(() => processesOf(world, "web").length === 2);
  for (let crash = 0; crash < 3; crash++) {
    await both();
    const old = processesOf(world, "web");
    const before = await pidOf(world);
    process.kill(before!, "SIGKILL");
    await nextPid(world, before);
    await both();
    expect(processesOf(world, "web").filter((pid) => old.includes(pid))).toEqual([]);
  }
});

test("what a restart stops has not ended by itself", async () => {
  await using world = createWorld();
  world.writeConfig(config(""));
  const watched = await monitor(world);
  const before = await pidOf(world);
  await ask(world, "restart web");
  process.kill(await nextPid(world, before), "SIGKILL");
  await eventually(() => watched.count("auto_restart") === 1);
  expect(watched.count("task_exited")).toBe(1);
});

test("a restart by hand is no restart too many", async () => {
  await using world = createWorld();
  world.writeConfig(config("max_restarts = 1"));
  const watched = await monitor(world);
  const first = await pidOf(world);
  process.kill(first!, "SIGKILL");
  const second = await nextPid(world, first);
  await eventually(async () => (await statusOf(world, "web")).restarts === 1);
  await ask(world, "restart web");
  expect(await statusOf(world, "web")).toMatchObject({ state: "running", restarts: 0 });
  const third = await pidOf(world);
  expect(third).not.toBe(second);
  process.kill(third!, "SIGKILL");
  await nextPid(world, third);
  await eventually(() => watched.count("auto_restart") === 2);
  expect(watched.count("max_restarts_reached")).toBe(0);
});

test("a restart that was killed half way is finished by the monitor", async () => {
  await using world = createWorld();
  world.writeConfig(config("stop_grace_period = 600", "trap '' INT; while :; do sleep 0.1; done"));
  const watched = await monitor(world);
  const before = await pidOf(world);
  const restart = world.spawn(["restart", "web"]);
  const state = join(world.home, ".taskmux/run/demo/tasks/web/state.json");
  await eventually(() => JSON.parse(readFileSync(state, "utf8")).stoppedRun !== null);
  restart.signal("SIGKILL");
  await restart.ended();
  process.kill(before!, "SIGKILL");
  await nextPid(world, before);
  await eventually(() => watched.count("auto_restart") === 1);
  expect(watched.events().find(({ event }) => event === "auto_restart").reason).toContain(
    "given up",
  );
  expect(watched.count("task_exited")).toBe(0);
});

test("a launch whose teller died before it told the launcher is made good", async () => {
  await using world = createWorld();
  world.writeConfig(config(""));
  const watched = await monitor(world);
  await ask(world, "stop web");
  // What such a command leaves: the launch is on record, and nothing of it is with the launcher.
  const run = join(world.home, ".taskmux/run/demo");
  const path = join(run, "tasks/web/state.json");
  const state = JSON.parse(readFileSync(path, "utf8"));
  const untold = state.run.replace(/[^.]+\.[^.]+$/, "given.up");
  const left = { want: "up", run: untold, launchedAt: Date.now() };
  writeFileSync(`${path}.left`, JSON.stringify(left));
  renameSync(`${path}.left`, path);
  writeFileSync(join(run, "news/web"), "");
  await eventually(async () => (await statusOf(world, "web")).state === "running");
  const restart = await eventually(() =>
    watched.events().find(({ event }) => event === "auto_restart"),
  );
  expect(restart.reason).toBe("its launch was given up");
  expect(processesOf(world, "web")).toHaveLength(1);
});

test("a monitor that can't put a restart on record restarts all the same, and says so once", async () => {
  await using world = createWorld();
  world.writeConfig(config("restart_backoff = 1\nmax_restarts = 0"));
  const watched = await monitor(world);
  const before = await pidOf(world);
  // As a full disk does: nothing can be written there.
  const spare = join(world.home, ".taskmux/run/demo/tasks/web/supervision.json.spare");
  rmSync(spare, { force: true });
  mkdirSync(spare);
  process.kill(before!, "SIGKILL");
  await eventually(() => watched.count("auto_restart") >= 1);
  await eventually(() => watched.stderr().includes("EISDIR"));
  rmdirSync(spare);
  await nextPid(world, before);
  expect(isAlive(watched.pid)).toBe(true);
  expect(watched.stderr().trimEnd().split("\n")).toHaveLength(1);
});

test("a command that isn't found was never healthy; one that lives is, once it has been started", async () => {
  await using world = createWorld();
  const bad = '[tasks.bad]\ncommand = "no-such-command"\nrestart_policy = "no"\n';
  world.writeConfig(`${config("")}${bad}`);
  const watched = await monitor(world);
  const of = (name: string) =>
    watched.events().flatMap(({ task, event }) => (task === name ? [event] : []));
  await eventually(() => of("bad").includes("task_exited") && of("web").includes("task_healthy"));
  expect(of("bad")).toEqual(["task_started", "task_exited"]);
  expect(of("web")).toEqual(["task_started", "task_healthy"]);
});
