import { expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { builtBinary } from "../helpers/binary.ts";
import { eventually, eventuallyIs } from "../helpers/eventually.ts";
import { hasMounts } from "../helpers/mounts.ts";
import { isAlive, processesWith, signal } from "../helpers/processes.ts";
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

// Regression: "on-failure restarts after status 0."
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

// Regression: "max_restarts_reached is recorded at each sweep."
test("after max_restarts it is failed, with one event, and start begins again", async () => {
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
  await eventually(async () => {
    const { state, restarts } = await statusOf(world, "web");
    return state === "backoff" && restarts === 1;
  });
  expect(await statusOf(world, "web")).toMatchObject({ running: false, restarts: 1, exit_code: 1 });
  watched.signal("SIGKILL");
  await eventually(async () => (await statusOf(world, "web")).state === "failed");
});

// Regression: "A stopped task is restarted by a separate daemon (the flag lives in the memory of the command)."
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

// Regression: "The daemon starts auto_start = false tasks nobody started."
test("a task that nobody started is not started", async () => {
  await using world = createWorld();
  world.writeConfig(`${config("")}[tasks.manual]\ncommand = "sleep 1000"\nauto_start = false\n`);
  await monitor(world);
  const before = await pidOf(world);
  process.kill(before!, "SIGKILL");
  await nextPid(world, before);
  expect(await statusOf(world, "manual")).toMatchObject({ state: "stopped", started_at: null });
});

// Regression: "When the last window dies the session dies, and nothing restarts."
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

test.each(["kill-session", "kill-server"])(
  "after %s the tasks come back in one session, each by one restart",
  async (end) => {
    await using world = createWorld();
    const names = ["a", "b", "c", "d", "e", "f"];
    const tasks = names.map((name) => `[tasks.${name}]\ncommand = "exec sleep 1000"\n`);
    world.writeConfig(`name = "demo"\n${tasks.join("")}`);
    const watched = await monitor(world);
    const pids = async () =>
      (await ask(world, "status")).result.tasks.map(({ pid }: { pid: number | null }) => pid);
    const before = new Set(await eventuallyIs(pids, (all) => !all.includes(null)));
    await world.tmux(end);
    const isBack = (all: (number | null)[]) => all.every((pid) => pid && !before.has(pid));
    await eventuallyIs(pids, isBack);
    const { result } = await ask(world, "status");
    expect(result.tasks.map(({ restarts }: { restarts: number }) => restarts)).toEqual(
      names.map(() => 1),
    );
    expect(watched.count("auto_restart_failed")).toBe(0);
    const marks = await world.tmux("list-panes", "-a", "-F", "#{session_name} #{@taskmux_task}");
    expect(marks.split("\n").toSorted()).toEqual(names.map((name) => `demo ${name}`));
  },
);

test("health_retries failed checks in a row restart a task whose process lives", async () => {
  await using world = createWorld();
  const check = 'health_check = "test -f up"\nhealth_interval = 0.1\nhealth_retries = 2';
  world.write("up", "");
  world.writeConfig(config(`${check}\nmax_restarts = 0`, "touch up; exec sleep 1000"));
  const watched = await monitor(world);
  await eventually(() => watched.count("task_healthy") === 1);
  const before = await pidOf(world);
  rmSync(join(world.project, "up"));
  await nextPid(world, before);
  expect(isAlive(before!)).toBe(false);
  await eventually(() => watched.count("task_healthy") >= 2);
  const failed = watched.events().filter(({ event }) => event === "health_check_failed");
  // The next launch may take longer than two checks to put the file there.
  expect(failed.map(({ attempt }) => attempt).slice(0, 2)).toEqual([1, 2]);
});

test("a monitor notices when a launch becomes healthy, and counts no failure before a check is due", async () => {
  await using world = createWorld();
  const check =
    'health_check = "echo >>asked; test -f up"\nhealth_interval = 60\nhealth_retries = 1';
  world.writeConfig(config(check));
  const watched = await monitor(world);
  const asked = join(world.project, "asked");
  const times = () => (existsSync(asked) ? readFileSync(asked, "utf8").length : 0);
  await eventually(() => times() >= 3);
  const before = await pidOf(world);
  writeFileSync(join(world.project, "up"), "");
  await eventually(() => watched.count("task_healthy") === 1);
  expect(await pidOf(world)).toBe(before);
  expect(watched.count("health_check_failed")).toBe(0);
  // After a restart by the monitor too.
  rmSync(join(world.project, "up"));
  signal(before!, "SIGKILL");
  await nextPid(world, before);
  const sofar = times();
  await eventually(() => times() >= sofar + 3);
  writeFileSync(join(world.project, "up"), "");
  await eventually(() => watched.count("task_healthy") === 2);
});

test("failures in the health_start_period don't count, until a check has passed", async () => {
  await using world = createWorld();
  const check =
    'health_check = "echo >>asked; test -f up"\nhealth_interval = 0.1\nhealth_retries = 1';
  world.writeConfig(config(`${check}\nhealth_start_period = 1000\nmax_restarts = 0`));
  const watched = await monitor(world);
  const asked = join(world.project, "asked");
  const times = () => (existsSync(asked) ? readFileSync(asked, "utf8").length : 0);
  await eventually(() => times() >= 5);
  expect(await statusOf(world, "web")).toMatchObject({ state: "starting", restarts: 0 });
  expect(watched.count("health_check_failed")).toBe(0);
  const before = await pidOf(world);
  writeFileSync(join(world.project, "up"), "");
  await eventually(() => watched.count("task_healthy") === 1);
  rmSync(join(world.project, "up"));
  await nextPid(world, before);
  await eventually(() => watched.count("health_check_failed") === 1);
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
  const left = () =>
    processesWith(`TASKMUX_TEST_WORLD=${world.root}`, world.root).filter((pid) =>
      commandOf(pid).includes("7777"),
    );
  await eventually(() => left().length === 0);
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
  expect(stdout).toContain("the tasks keep running");
  expect(await statusOf(world, "web")).toMatchObject({ state: "running", pid });
  await eventually(() => processesOf(world, "web").includes(pid));
});

test("on a terminal it shows the tasks and the last events", async () => {
  await using world = createWorld();
  world.writeConfig(config(""));
  const shown = world.spawnOnTerminal(["start", "-m"]);
  const pid = await eventually(() => pidOf(world));
  await eventually(() => shown.seen().includes("running"));
  process.kill(pid, "SIGKILL");
  await eventually(() => shown.seen().includes("automatic restart 1"));
  expect(shown.seen()).toContain("q leave");
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
  // It takes C-c and goes on: what ignores C-c would get SIGTERM at once.
  const stubborn = "trap : INT; touch set; while :; do sleep 0.1; done";
  world.writeConfig(config("stop_grace_period = 600", stubborn));
  const watched = await monitor(world);
  await eventually(() => existsSync(join(world.project, "set")));
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

test("a launch is repeated if its command died before it reached the launcher", async () => {
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
  await eventually(() => processesOf(world, "web").length === 1);
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
  await eventually(() => watched.stderr().includes("supervision.json: it is a directory"));
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
  expect(of("web")).toEqual(["task_started", "task_healthy"]);
  // On a busy machine a launch may live longer than that is.
  await eventually(async () => {
    const last = of("bad").slice(of("bad").lastIndexOf("task_started"));
    if (Bun.deepEquals(last, ["task_started", "task_exited"])) return true;
    const ends = watched.count("task_exited");
    await ask(world, "start bad");
    await eventually(() => watched.count("task_exited") > ends);
    return false;
  });
});

const FAKETIME = ["x86_64", "aarch64"]
  .map((machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketime.so.1`)
  .find((path) => existsSync(path));

/** Another wall clock for a process, set by what is in the file `offset`; needs libfaketime. */
function clock(world: World) {
  const offset = world.write("offset", "+0");
  const env = {
    LD_PRELOAD: FAKETIME!,
    FAKETIME_TIMESTAMP_FILE: offset,
    FAKETIME_NO_CACHE: "1",
    DONT_FAKE_MONOTONIC: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  };
  return { offset, env };
}

test.skipIf(FAKETIME === undefined)(
  "a clock that is set back by an hour delays neither checks nor restarts",
  async () => {
    await using world = createWorld();
    world.writeConfig(`name = "demo"
[tasks.web]
command = "exec sleep 1000"
health_check = "test ! -f sick"
health_interval = 0.2
health_retries = 2
[tasks.crash]
command = "exec sleep 1000"
`);
    const { offset, env } = clock(world);
    const watched = world.spawn(["start", "-m", "--json"], { env });
    const events = (name: string) =>
      watched
        .lines()
        .flatMap((line) => (JSON.parse(line).event === name ? [JSON.parse(line)] : []));
    await eventually(() => events("task_healthy").length === 2);
    writeFileSync(offset, "-1h");
    await eventually(async () => {
      process.kill((await pidOf(world, "crash"))!, "SIGKILL");
      return events("auto_restart").some(({ task }) => task === "crash");
    });
    writeFileSync(join(world.project, "sick"), "");
    await eventually(() => events("auto_restart").some(({ task }) => task === "web"));
    expect(events("health_check_failed").length).toBeGreaterThanOrEqual(2);
    const { result } = await ask(world, "why crash", { env });
    expect(result.next_restart_at === null || Date.parse(result.next_restart_at) < Date.now()).toBe(
      true,
    );
  },
);

test.skipIf(FAKETIME === undefined)(
  "a clock that is set forward by an hour delays no restart that counts from the one before",
  async () => {
    await using world = createWorld();
    world.writeConfig(config("restart_backoff = 0.1"));
    const { offset, env } = clock(world);
    const watched = world.spawn(["start", "-m", "--json"], { env });
    await eventually(() => watched.lines().some((line) => line.includes('"task_healthy"')));
    writeFileSync(offset, "+1h");
    for (const _ of ["at once", "after its wait"]) {
      const pid = await pidOf(world);
      process.kill(pid!, "SIGKILL");
      await nextPid(world, pid);
    }
  },
);

test("a task that was given up while it lives is failed, until it is started", async () => {
  await using world = createWorld();
  world.writeConfig(
    config(
      "health_check = 'test -f well'\nhealth_interval = 0.1\nhealth_retries = 1\nmax_restarts = 1",
    ),
  );
  const watched = await monitor(world);
  await eventually(() => watched.count("max_restarts_reached") === 1);
  const { pid } = await statusOf(world, "web");
  expect(await statusOf(world, "web")).toMatchObject({
    state: "failed",
    running: false,
    healthy: false,
    restarts: 1,
    want: "up",
  });
  expect(isAlive(pid)).toBe(true);
  const { result } = await ask(world, "why web");
  expect(result).toMatchObject({ state: "failed" });
  expect(result.summary).toContain("given up after 1 restart in a row");
  expect(result.causes.join()).toContain("health check");
  expect((await ask(world, "wait web --timeout 20s")).exitCode).toBe(1);
  // Health that comes back by itself ends nothing: nobody watches it any more.
  writeFileSync(join(world.project, "well"), "");
  expect((await statusOf(world, "web")).state).toBe("failed");
  expect(await ask(world, "start web --wait")).toMatchObject({
    exitCode: 0,
    result: { action: "started" },
  });
  await eventually(() => !isAlive(pid));
  expect(await statusOf(world, "web")).toMatchObject({ state: "running", restarts: 0 });
});

test("what start ends of a task that was given up has its grace period", async () => {
  await using world = createWorld();
  const clean = "trap 'sleep 0.2; touch cleaned; exit' INT";
  world.writeConfig(
    config(
      "health_check = 'false'\nhealth_interval = 0.1\nhealth_retries = 1\nmax_restarts = 1\nstop_grace_period = 600",
      `${clean}; touch set.$$; while :; do sleep 0.05; done`,
    ),
  );
  const watched = await monitor(world);
  await eventually(() => watched.count("max_restarts_reached") === 1);
  const pid = await pidOf(world);
  await eventually(() => existsSync(join(world.project, `set.${pid}`)));
  rmSync(join(world.project, "cleaned"), { force: true });
  expect((await ask(world, "start web")).result).toMatchObject({ action: "started" });
  expect(existsSync(join(world.project, "cleaned"))).toBe(true);
});

test("stop ends a task that was given up while it lives", async () => {
  await using world = createWorld();
  world.writeConfig(
    config("health_check = 'false'\nhealth_interval = 0.1\nhealth_retries = 1\nmax_restarts = 1"),
  );
  const watched = await monitor(world);
  await eventually(() => watched.count("max_restarts_reached") === 1);
  const { pid } = await statusOf(world, "web");
  expect((await ask(world, "stop web")).result).toMatchObject({ action: "stopped" });
  expect(isAlive(pid)).toBe(false);
  expect(await statusOf(world, "web")).toMatchObject({ state: "stopped", pid: null });
});

test("a monitor dates what happened before it as it happened", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.web]
command = "exec sleep 1000"
health_check = "true"
health_interval = 2
[tasks.gone]
command = "sleep 0.1; exit 3"
auto_start = false
restart_policy = "no"
[tasks.plain]
command = "exec sleep 1000"
`);
  await ask(world, "start web plain --wait");
  await ask(world, "start gone");
  await eventually(async () => (await statusOf(world, "gone")).state === "failed");
  const attachedAt = Date.now();
  const running = world.spawn(["start", "-m", "--json"]);
  const event = (name: string, task: string) =>
    eventually(() =>
      running
        .lines()
        .map((line) => JSON.parse(line))
        .find((one) => one.event === name && one.task === task),
    );
  expect(Date.parse((await event("task_exited", "gone")).ts)).toBeLessThan(attachedAt);
  for (const task of ["web", "plain"]) {
    const { ts, after_ms } = await event("task_healthy", task);
    expect(Date.parse(ts)).toBeLessThan(attachedAt);
    const { started_at } = await statusOf(world, task);
    expect(after_ms).toBe(Date.parse(ts) - Date.parse(started_at));
  }
});

/** Says goodbye, and is healthy once no signal comes too early for that. */
const CLEANING =
  "trap 'echo bye >said; rm set; exit 0' INT; touch set; while :; do sleep 0.1; done";
const CLEANING_CHECK = "health_check = 'test -f set'\nstop_grace_period = 600";

test.each([
  ["start", "-m"],
  ["daemon", "--port=0"],
])("%s %s --stop-on-exit stops the tasks when it ends", async (command, flag) => {
  await using world = createWorld();
  world.writeConfig(config(CLEANING_CHECK, CLEANING));
  await ask(world, "start --wait");
  const running = world.spawn([command, flag, "--stop-on-exit", "--json"]);
  await eventually(async () => (await ask(world, "status")).result.monitor?.pid === running.pid);
  running.signal("SIGTERM");
  expect((await running.ended()).exitCode).toBe(0);
  expect(await statusOf(world, "web")).toMatchObject({ state: "stopped", want: "down" });
  expect(readFileSync(join(world.project, "said"), "utf8")).toBe("bye\n");
});

test.skipIf(!hasMounts)(
  "as a container's first process it reaps orphans, restarts, and stops its tasks on SIGTERM",
  async () => {
    await using world = createWorld();
    world.writeConfig(config(CLEANING_CHECK, CLEANING));
    // Orphans that no task started: of a `docker exec`, say.
    const orphan = "(sleep 0.3 & sleep 0.3 & sleep 0.3 &)";
    const script = `${orphan}; exec "$0" start -m --json`;
    const namespace = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"];
    const running = world.spawnProgram([...namespace, "bash", "-c", script, builtBinary()]);
    const init = await eventually(() => {
      const children = readFileSync(`/proc/${running.pid}/task/${running.pid}/children`, "utf8");
      return Number(children) || null;
    });
    const children = (): string[] =>
      readFileSync(`/proc/${init}/task/${init}/children`, "utf8").trim().split(" ");
    const events = (name: string) =>
      running.lines().filter((line) => JSON.parse(line).event === name).length;
    await eventually(() => events("task_healthy") === 1);
    // Dead or alive.
    const names = () =>
      children().map((pid) => /\((.*)\)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))![1]);
    await eventually(() => !names().includes("sleep"));
    rmSync(join(world.project, "set"));
    for (const pid of processesOf(world, "web")) signal(pid, "SIGKILL");
    await eventually(() => events("task_healthy") === 2);
    process.kill(init, "SIGTERM");
    expect((await running.ended()).exitCode).toBe(0);
    expect(readFileSync(join(world.project, "said"), "utf8")).toBe("bye\n");
  },
);

test("no two checks of a task run at the same time, however long they take", async () => {
  await using world = createWorld();
  const check =
    "test -e go || exit 0; mkdir busy || echo two >>overlaps; sleep 0.4; rmdir busy; echo >>checks";
  // A check that is cut would leave `busy` behind.
  world.writeConfig(
    config(`health_check = "${check}"\nhealth_interval = 0.1\nhealth_timeout = 600`),
  );
  const running = world.spawn(["start", "-m", "--json"]);
  await eventually(() => running.lines().some((line) => line.includes("task_healthy")));
  const checks = join(world.project, "checks");
  writeFileSync(join(world.project, "go"), "");
  await eventually(() => existsSync(checks) && readFileSync(checks, "utf8").length >= 4);
  expect(existsSync(join(world.project, "overlaps"))).toBe(false);
});

test("a check that began before a restart by hand says nothing of the new process", async () => {
  await using world = createWorld();
  const slow = "touch begun; until test -f go; do sleep 0.1; done; exit 1";
  const check = `test -f slow || { echo >>passed; exit 0; }; ${slow}`;
  world.writeConfig(
    config(`health_check = "${check}"
health_interval = 0.2
health_timeout = 600
health_retries = 1`),
  );
  const watched = await monitor(world);
  const at = (name: string) => join(world.project, name);
  const passed = () => (existsSync(at("passed")) ? readFileSync(at("passed"), "utf8").length : 0);
  await eventually(() => watched.count("task_healthy") === 1);
  writeFileSync(at("slow"), "");
  await eventually(() => existsSync(at("begun")));
  rmSync(at("slow"));
  await ask(world, "restart web");
  const before = passed();
  writeFileSync(at("go"), "");
  // The next check of the monitor begins once that one has been dealt with.
  await eventually(() => passed() >= before + 2);
  const { result } = await ask(world, "events");
  const names = result.events.map(({ event }: any) => event);
  expect(names).not.toContain("health_check_failed");
  expect(await statusOf(world, "web")).toMatchObject({ state: "running", restarts: 0 });
});
