import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../helpers/eventually.ts";
import { logHub } from "../helpers/log-hub.ts";
import { isAlive } from "../helpers/processes.ts";
import { ask, processesOf, statusOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

/** A task that is healthy once it has set its traps, so that no signal comes before them. */
const trapping = (traps: string, more = ""): string => `name = "demo"
[tasks.web]
command = "trap '' ${traps}; touch up; while :; do sleep 1; done"
health_check = "test -f up"
stop_grace_period = 0.2
${more}`;

const PAIR = 'name = "demo"\n[tasks]\nweb = "sleep 1000"\napi = "sleep 1000"\n';

const sessions = (world: World): Promise<string> =>
  world.tmux("list-sessions", "-F", "#S").catch(() => "");

test("stop T tells that C-c was enough", async () => {
  await using world = createWorld();
  world.writeConfig(PAIR);
  await ask(world, "start");
  const { exitCode, result } = await ask(world, "stop web");
  expect({ exitCode, result }).toEqual({
    exitCode: 0,
    result: { ok: true, task: "web", action: "stopped", signal: "SIGINT", warnings: [] },
  });
  expect(await statusOf(world, "web")).toMatchObject({
    state: "stopped",
    running: false,
    want: "down",
    pid: null,
  });
  expect((await statusOf(world, "api")).state).toBe("running");
});

test.each([
  ["INT", "SIGTERM"],
  ["INT TERM", "SIGKILL"],
])("a task that ignores %s is ended by %s", async (traps, signal) => {
  await using world = createWorld();
  world.writeConfig(trapping(traps));
  await ask(world, "start --wait");
  expect((await ask(world, "stop web")).result).toMatchObject({ action: "stopped", signal });
  expect(processesOf(world, "web")).toEqual([]);
});

// Regression: "Stopping one task takes 10 s .. however fast the tasks end: fixed sleeps and a cached state."
test("stop returns when the last process is gone, not when the grace period ends", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.web]
command = "sleep 1000"
stop_grace_period = 1000
`);
  await ask(world, "start");
  expect((await ask(world, "stop web")).result.signal).toBe("SIGINT");
});

test("a task may take its grace period to clean up", async () => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.web]
command = "trap 'sleep 0.4; touch cleaned; exit 0' INT; touch up; while :; do sleep 0.05; done"
health_check = "test -f up"
stop_grace_period = 100
`);
  await ask(world, "start --wait");
  expect((await ask(world, "stop web")).result.signal).toBe("SIGINT");
  expect(existsSync(join(world.project, "cleaned"))).toBe(true);
});

// Regression: "`kill` leaves grandchildren in another process group."
test.each([
  ["stop web", "in another process group", "set -m; sleep 1000 & "],
  ["stop web", "in another session", "setsid sleep 1000 & "],
  ["stop web", "that ignores a hangup", "nohup sleep 1000 >/dev/null 2>&1 & "],
  ["stop web", "that was forked twice", "setsid sh -c 'setsid sleep 1000 & exit 0'; "],
  ["stop web", "without our marks", "setsid env -i sleep 1000 & "],
  ["stop web", "that ignores C-c and SIGTERM", "(trap '' INT TERM; setsid sleep 1000) & "],
  ["stop", "in another session", "setsid sleep 1000 & "],
  ["kill web", "in another process group", "set -m; sleep 1000 & "],
  ["kill web", "in another session", "setsid sleep 1000 & "],
  ["kill web", "that was forked twice", "setsid sh -c 'setsid sleep 1000 & exit 0'; "],
  ["restart web", "in another session", "setsid sleep 1000 & "],
])("%s ends a grandchild %s", async (line, _, child) => {
  await using world = createWorld();
  world.writeConfig(`name = "demo"
[tasks.web]
command = "${child}sleep 0.1; touch up; sleep 1000; true"
health_check = "test -f up"
stop_grace_period = 0.3
`);
  await ask(world, "start --wait");
  const before = await tree(world, (await statusOf(world, "web")).pid);
  expect(before.length).toBeGreaterThan(1);
  expect((await ask(world, line)).result.ok).toBe(true);
  expect(before.filter(isAlive)).toEqual([]);
  if (!line.startsWith("restart")) expect(processesOf(world, "web")).toEqual([]);
});

/** A task's processes: those that bear its marks, and those that its command has as descendants. */
async function tree(world: World, pid: number): Promise<number[]> {
  const { stdout } = await world.runProgram(["ps", "-A", "-o", "pid=", "-o", "ppid="]);
  const rows = stdout
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  const found = new Set([pid, ...processesOf(world, "web")]);
  for (const one of found) {
    for (const [child, parent] of rows) if (parent === one && child) found.add(child);
  }
  return [...found].filter(isAlive);
}

test("a task whose command went to the background and ended is stopped with what it left", async () => {
  await using world = createWorld();
  world.writeConfig('name = "demo"\n[tasks]\nweb = "setsid sleep 1000 & sleep 0.1"\n');
  await ask(world, "start");
  await eventually(async () => (await statusOf(world, "web")).state === "exited");
  await eventually(() => processesOf(world, "web").length === 1);
  expect((await ask(world, "stop web")).result.action).toBe("stopped");
  expect(processesOf(world, "web")).toEqual([]);
});

test("after stop T its window stays, with what was on it", async () => {
  await using world = createWorld();
  world.writeConfig('name = "demo"\n[tasks]\nweb = "echo what was said; sleep 1000"\n');
  await ask(world, "start");
  const { result } = await ask(world, "inspect web");
  const screen = () => world.tmux("capture-pane", "-p", "-t", result.pane_id);
  await eventually(async () => (await screen()).includes("what was said"));
  await ask(world, "stop web");
  expect(await screen()).toContain("what was said");
  expect((await ask(world, "inspect web")).result.pane_id).toBe(result.pane_id);
});

test("stop ends the tasks and the session", async () => {
  await using world = createWorld();
  world.writeConfig(PAIR);
  await ask(world, "start");
  const { exitCode, result } = await ask(world, "stop");
  expect({ exitCode, result }).toEqual({
    exitCode: 0,
    result: { ok: true, session: "demo", action: "stopped", tasks: ["web", "api"], warnings: [] },
  });
  expect(await sessions(world)).toBe("");
  expect((await ask(world, "status")).result).toMatchObject({ running: false, active_tasks: 0 });
});

test("stop closes a window only once the log holds all that was printed in it", async () => {
  await using world = createWorld();
  // A stopped hub leaves it all in the pipe, and in tmux; after_stop comes before the windows close.
  world.writeConfig(`name = "demo"
hooks = { after_stop = "kill -CONT $(cat hub)" }
[tasks.web]
command = "trap 'seq 50000; exit' INT; touch up; while :; do sleep 0.02; done"
health_check = "test -f up"
stop_grace_period = 600
`);
  await ask(world, "start --wait");
  const hub = await eventually(() => logHub(world));
  world.write("hub", `${hub}`);
  process.kill(hub, "SIGSTOP");
  expect(await ask(world, "stop")).toMatchObject({ exitCode: 0, result: { warnings: [] } });
  expect(await sessions(world)).toBe("");
  expect((await world.run(["logs", "web", "-n", "5"])).stdout).toContain(" 50000\n");
});

test("stop leaves the session where a window of the user's own is in it", async () => {
  await using world = createWorld();
  world.writeConfig(PAIR);
  await ask(world, "start");
  await world.tmux("new-window", "-d", "-t", "=demo:", "-n", "mine", "sleep 1000");
  expect((await ask(world, "stop")).result.tasks).toEqual(["web", "api"]);
  expect(await world.tmux("list-windows", "-t", "=demo", "-F", "#W")).toBe("mine");
});

test("stop leaves a pane alone that the user split off one of our windows", async () => {
  await using world = createWorld();
  world.writeConfig(PAIR);
  await ask(world, "start");
  const { pane_id } = (await ask(world, "inspect web")).result;
  const split = ["split-window", "-d", "-P", "-F", "#{pane_pid}", "-t", pane_id, "sleep 1000"];
  const own = Number(await world.tmux(...split));
  await ask(world, "stop web");
  expect(isAlive(own)).toBe(true);
  await ask(world, "stop");
  expect(isAlive(own)).toBe(true);
});

test("stop of what is stopped is already_stopped, and done", async () => {
  await using world = createWorld();
  world.writeConfig(PAIR);
  const never = { ok: true, task: "web", action: "already_stopped", signal: null, warnings: [] };
  expect(await ask(world, "stop web")).toMatchObject({ exitCode: 0, result: never });
  await ask(world, "start");
  await ask(world, "stop web");
  expect(await ask(world, "stop web")).toMatchObject({ exitCode: 0, result: never });
  expect((await ask(world, "stop")).result.tasks).toEqual(["api"]);
  expect(await ask(world, "stop")).toMatchObject({ exitCode: 0, result: { ok: true, tasks: [] } });
});

test("stop of several names tells of each as of one", async () => {
  await using world = createWorld();
  world.writeConfig(`${PAIR}db = "sleep 1000"\n`);
  await ask(world, "start web db");
  const { exitCode, result } = await ask(world, "stop web api");
  expect({ exitCode, result }).toEqual({
    exitCode: 0,
    result: {
      ok: true,
      results: [
        { ok: true, task: "web", action: "stopped", signal: "SIGINT", warnings: [] },
        { ok: true, task: "api", action: "already_stopped", signal: null, warnings: [] },
      ],
    },
  });
  expect((await statusOf(world, "db")).state).toBe("running");
});

test("dependents stop before what they depend on", async () => {
  await using world = createWorld();
  // Ends 0.2 s after C-c, and writes down when it is gone.
  const task = (name: string, on: string[]): string => `[tasks.${name}]
command = "trap 'sleep 0.2; echo ${name} >>order; exit 0' INT; touch ${name}.up; while :; do sleep 0.05; done"
health_check = "test -f ${name}.up"
depends_on = ${JSON.stringify(on)}
`;
  world.writeConfig(
    `name = "demo"\n${task("db", [])}${task("api", ["db"])}${task("web", ["api"])}`,
  );
  await ask(world, "start --wait");
  await ask(world, "stop");
  expect(readFileSync(join(world.project, "order"), "utf8")).toBe("web\napi\ndb\n");
});

test("independent tasks stop at the same time", async () => {
  await using world = createWorld();
  // Each ends once the other one has been told to, or never by C-c.
  const task = (own: string, other: string): string => `[tasks.${own}]
command = "trap 'touch ${own}.int; until test -f ${other}.int; do sleep 0.02; done; exit 0' INT; touch ${own}.up; while :; do sleep 0.05; done"
health_check = "test -f ${own}.up"
stop_grace_period = 600
`;
  world.writeConfig(`name = "demo"\n${task("a", "b")}${task("b", "a")}`);
  await ask(world, "start --wait");
  const { result } = await ask(world, "stop a b");
  expect(result.results.map(({ signal }: any) => signal)).toEqual(["SIGINT", "SIGINT"]);
});

test("stop ends a task that the config has no more", async () => {
  await using world = createWorld();
  world.writeConfig(PAIR);
  await ask(world, "start");
  const { pid } = await statusOf(world, "api");
  world.writeConfig('name = "demo"\n[tasks]\nweb = "sleep 1000"\n');
  expect((await ask(world, "stop")).result.tasks.toSorted()).toEqual(["api", "web"]);
  expect(isAlive(pid)).toBe(false);
});

test("stop never touches a task of the same names in another session", async () => {
  await using world = createWorld();
  world.writeConfig(PAIR);
  await ask(world, "start");
  await ask(world, "start --session=other");
  const { pid } = await statusOf(world, "web", "status --session=other");
  await ask(world, "stop");
  expect(isAlive(pid)).toBe(true);
  expect((await statusOf(world, "web", "status --session=other")).state).toBe("running");
});

test("stop never touches a process of the same session and task of another home", async () => {
  await using world = createWorld();
  await using other = createWorld();
  for (const each of [world, other]) {
    each.writeConfig(PAIR);
    await ask(each, "start");
  }
  const { pid } = await statusOf(other, "web");
  await ask(world, "stop");
  expect((await statusOf(other, "web")).pid).toBe(pid);
});

test("stop reaches a pane that is in copy-mode", async () => {
  await using world = createWorld();
  world.writeConfig(PAIR);
  await ask(world, "start");
  const { pane_id } = (await ask(world, "inspect web")).result;
  await world.tmux("copy-mode", "-t", pane_id);
  expect((await ask(world, "stop web")).result.signal).toBe("SIGINT");
});

test("a task that was stopped by SIGSTOP is stopped all the same", async () => {
  await using world = createWorld();
  world.writeConfig(
    'name = "demo"\n[tasks.web]\ncommand = "sleep 1000"\nstop_grace_period = 0.2\n',
  );
  await ask(world, "start");
  const { pid } = await statusOf(world, "web");
  process.kill(pid, "SIGSTOP");
  expect((await ask(world, "stop web")).result.action).toBe("stopped");
  expect(isAlive(pid)).toBe(false);
});

test("stop is right where the session was closed in tmux and a task lives on", async () => {
  await using world = createWorld();
  world.writeConfig(trapping("HUP"));
  await ask(world, "start --wait");
  const { pid } = await statusOf(world, "web");
  await world.tmux("kill-session", "-t", "=demo");
  expect(isAlive(pid)).toBe(true);
  expect((await ask(world, "stop")).result).toMatchObject({ ok: true, tasks: ["web"] });
  expect(isAlive(pid)).toBe(false);
});

test.each(["stop", "restart", "kill"])(
  "after %s the log says that the task was stopped",
  async (command) => {
    await using world = createWorld();
    world.writeConfig(`name = "demo"
[tasks]
web = "exec sleep 1000"
own = "trap 'exit 1' INT TERM; echo ready; while :; do sleep 0.02; done"
`);
    const logged = async (task: string): Promise<string[]> =>
      (await world.run(["logs", task, "--json"])).json().lines;
    await ask(world, "start");
    await eventually(async () => (await logged("own")).join().includes("ready"));
    await ask(world, `${command} web own`);
    const ends = async (task: string): Promise<string[]> =>
      (await logged(task)).filter((line: string) => /\[taskmux\] (?!started)/.test(line));
    const signal = command === "kill" ? "SIGKILL" : "SIGINT";
    const own = command === "kill" ? "stopped by SIGKILL" : "stopped: exited with status 1";
    await eventually(
      async () => (await ends("web")).length === 1 && (await ends("own")).length === 1,
    );
    expect((await ends("web"))[0]).toContain(`[taskmux] stopped by ${signal} after`);
    expect((await ends("own"))[0]).toContain(`[taskmux] ${own} after`);
  },
);
