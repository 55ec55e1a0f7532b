import { expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { ApiConnection, startDaemon } from "../helpers/api.ts";
import { eventually, eventuallyIs } from "../helpers/eventually.ts";
import { addWorktree, makeRepository } from "../helpers/git.ts";
import { freeRange } from "../helpers/listening.ts";
import { isAlive } from "../helpers/processes.ts";
import { ask, said, statusOf } from "../helpers/schemas.ts";
import { createWorld, type RunOptions, type World } from "../helpers/world.ts";

const CONFIG = 'name = "demo"\n[tasks.api]\ncommand = "exec sleep 1000"\n';

/** `taskmux run` with flags, as words parted by blanks, and a command. */
const run = async (world: World, flags: string, command: string[], options: RunOptions = {}) =>
  said(
    await world.run(["run", ...flags.split(" "), "--json", "--", ...command], options),
    "startTaskSchema",
  );

const SLEEP = ["sleep", "1000"];

const names = async (world: World, options?: RunOptions): Promise<string[]> =>
  (await ask(world, "status", options)).result.tasks.map(({ name }: { name: string }) => name);

test("run starts a task that stands in no file, and every command knows it", async () => {
  await using world = createWorld();
  const file = world.writeConfig(CONFIG);
  const first = freeRange();
  const script = 'echo "says $1 $GREETING $PORT"; exec sleep 1000';
  const words = ["sh", "-c", script, "x", "a  b"];
  const flags = `docs --port ${first}+ --env GREETING=hi --ready-log says --wait`;
  // The port of a task whose port is chosen is checked, unless the task has another check.
  const { result } = await run(world, flags.replace(" --wait", ""), words);
  expect(result).toMatchObject({ ok: true, task: "docs", action: "started" });
  expect(readFileSync(file, "utf8")).toBe(CONFIG);
  const { pid } = result;
  const item = await statusOf(world, "docs");
  expect(item).toMatchObject({
    source: "run",
    pid,
    port: first,
    restart_policy: "no",
    auto_start: false,
    cwd: realpathSync(world.project),
  });
  expect(await statusOf(world, "api")).not.toHaveProperty("source");
  await ask(world, "wait docs --log=says");
  expect((await world.run(["logs", "docs", "--raw"])).stdout).toContain(`says a  b hi ${first}\n`);
  expect((await ask(world, "url docs")).result.url).toBe(`http://localhost:${first}/`);
  expect((await ask(world, "inspect docs")).result).toMatchObject({ source: "run", pid });
  expect((await ask(world, "why docs")).result).toMatchObject({ task: "docs", source: "run" });
  expect((await ask(world, "env")).result.env).toMatchObject({ TASKMUX_PORT_DOCS: `${first}` });
  expect((await world.run(["__complete", "bash", "taskmux stop "])).stdout).toContain("docs\t");
  const again = await run(world, flags.replace(" --wait", ""), words);
  expect(again.result).toMatchObject({ action: "already_running", pid });
  const other = await run(world, "docs", SLEEP);
  expect(other.result).toMatchObject({ ok: false, error_code: "E203" });
  expect(other.result.hint).toContain("taskmux stop docs");
  const restarted = (await ask(world, "restart docs")).result;
  expect(restarted).toMatchObject({ ok: true, action: "restarted" });
  expect(isAlive(pid)).toBe(false);
  await ask(world, "stop docs");
  expect(await statusOf(world, "docs")).toMatchObject({ state: "stopped", source: "run" });
  expect((await world.run(["logs", "docs"])).stdout).toContain("says a  b");
});

test("a bare start leaves it alone, a restart of all keeps it, and a stop of all or remove drops it", async () => {
  await using world = createWorld();
  const file = world.writeConfig(CONFIG);
  await run(world, "docs", SLEEP);
  await ask(world, "stop docs");
  expect((await ask(world, "start")).result).toMatchObject({ tasks: ["api"] });
  expect((await statusOf(world, "docs")).state).toBe("stopped");
  expect((await ask(world, "start docs")).result.action).toBe("started");
  expect((await ask(world, "restart")).result.tasks.toSorted()).toEqual(["api", "docs"]);
  const { pid } = await statusOf(world, "docs");
  const removed = await ask(world, "remove docs");
  expect(removed.result).toMatchObject({ ok: true, task: "docs", source: "run" });
  expect(isAlive(pid)).toBe(false);
  expect(readFileSync(file, "utf8")).toBe(CONFIG);
  expect(await names(world)).toEqual(["api"]);
  await run(world, "docs", SLEEP);
  await ask(world, "stop");
  expect(await names(world)).toEqual(["api"]);
  expect((await ask(world, "stop docs")).result.error_code).toBe("E200");
});

test("a task of run that has ended makes nothing unhealthy, and stays for logs and why", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  await ask(world, "start");
  const { result } = await run(world, "job", ["sh", "-c", "echo did it; sleep 0.3"]);
  expect(result.ok).toBe(true);
  await ask(world, "wait job --for=exited");
  expect((await ask(world, "health")).exitCode).toBe(0);
  await eventually(async () => (await world.run(["logs", "job"])).stdout.includes("did it"));
  expect((await ask(world, "why job")).exitCode).toBe(0);
  // The words may be others now.
  expect((await run(world, "job", SLEEP)).result.action).toBe("started");
  expect((await statusOf(world, "job")).command).toBe("sleep 1000");
});

test("run takes the words one by one, and runs them where it is called or in --cwd", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  const directory = realpathSync(join(world.project));
  mkdirSync(join(directory, "sub dir"));
  const hostile = ["a  b", "$HOME", "`id`", "'", '"', "\\", "*", ";", "--json", "", "#{pid}", "é"];
  const script = 'printf "<%s>" "$@" >out; pwd >>out; exec sleep 1000';
  const options = { cwd: join(directory, "sub dir") };
  await run(world, "one", ["sh", "-c", script, "x", ...hostile], options);
  const written = hostile.map((word) => `<${word}>`).join("");
  const read = (place: string) => readFileSync(join(directory, place, "out"), "utf8");
  await eventually(() => read("sub dir") === `${written}${directory}/sub dir\n`);
  await run(world, "two --cwd ..", ["sh", "-c", script], options);
  await eventually(() => read("") === `<>${directory}\n`);
});

test.each([
  ["api", SLEEP, "E203", "taskmux start api"],
  ["API", SLEEP, "E102", "Rename"],
  ["x/y", SLEEP, "E104", undefined],
  ["x --port 70000", SLEEP, "E104", undefined],
  ["x", ["A=b", "ls"], "E500", "--env"],
  ["x --cwd nowhere", SLEEP, "E213", undefined],
])("run %s with %p is %s", async (flags, command, code, hint) => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  const { result } = await run(world, flags, command);
  expect(result.error_code).toBe(code);
  if (hint !== undefined) expect(result.hint).toContain(hint);
});

test("without a config run is E100, and a command needs --", async () => {
  await using world = createWorld();
  expect((await run(world, "x", SLEEP)).result.error_code).toBe("E100");
  world.writeConfig(CONFIG);
  const { stderr } = await world.run(["run", "x", "sleep", "-l"]);
  expect(stderr).toContain("run needs -- before the command");
});

test("run --wait waits for ready_log, and says why it didn't become ready", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  const words = ["sh", "-c", "sleep 0.2; echo ready; exec sleep 1000"];
  expect((await run(world, "x --ready-log ready --wait", words)).result.ok).toBe(true);
  expect((await statusOf(world, "x")).state).toBe("running");
  const fails = await run(world, "y --ready-log ready --wait", ["sh", "-c", "sleep 0.1; exit 3"]);
  expect(fails.result).toMatchObject({ ok: false, task: "y" });
});

test("of two runs at once with the same words one starts the task; with others one is refused", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  const same = await Promise.all([run(world, "x", SLEEP), run(world, "x", SLEEP)]);
  const actions = same.map(({ result }): string => result.action);
  expect(actions.toSorted()).toEqual(["already_running", "started"]);
  expect(new Set(same.map(({ result }) => result.pid)).size).toBe(1);
  const both = await Promise.all([
    run(world, "y", ["sleep", "1001"]),
    run(world, "y", ["sleep", "1002"]),
  ]);
  const codes = both.map(({ result }): string => result.error_code ?? result.action);
  expect(codes.toSorted()).toEqual(["E203", "started"]);
  const winner = both.findIndex(({ result }) => result.ok);
  expect((await statusOf(world, "y")).command).toBe(`sleep ${1001 + winner}`);
  // Names that differ are independent.
  const others = await Promise.all(["a", "b", "c"].map((name) => run(world, name, SLEEP)));
  expect(others.map(({ result }) => result.action)).toEqual(["started", "started", "started"]);
  expect(await names(world)).toEqual(["api", "x", "y", ...(await names(world)).slice(3)]);
  expect((await names(world)).toSorted()).toEqual(["a", "api", "b", "c", "x", "y"]);
});

test("a daemon sees tasks of run come and go, and its reloads leave them alone", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  await ask(world, "start");
  const daemon = await startDaemon(world);
  const events = () => daemon.running.lines().map((line) => JSON.parse(line));
  const happened = (event: string, task?: string) =>
    eventually(() => events().some((one) => one.event === event && one.task === task));
  await using api = await ApiConnection.open(daemon.port);
  const { pid } = (await run(world, "docs", SLEEP)).result;
  const shown = async () => Object.keys((await api.ask("status")).tasks);
  await eventuallyIs(shown, (all) => all.includes("docs"));
  world.writeConfig(`${CONFIG}[tasks.web]\ncommand = "exec sleep 1000"\n`);
  await happened("config_reloaded");
  await happened("task_started", "web");
  expect(await statusOf(world, "docs")).toMatchObject({ pid, state: "running" });
  // An invalid config is no reason not to see one.
  world.writeConfig("x = = 1");
  await happened("config_invalid");
  process.kill(pid, "SIGKILL");
  await happened("task_exited", "docs");
  world.writeConfig(CONFIG);
  await run(world, "more", SLEEP);
  await eventuallyIs(shown, (all) => all.includes("more"));
  await ask(world, "remove more");
  await eventuallyIs(shown, (all) => !all.includes("more"));
  expect((await statusOf(world, "docs")).restarts).toBe(0);
});

test("a task that a watched config gains replaces the one of run of its name, and says so", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  await ask(world, "start");
  const { pid } = (await run(world, "docs", SLEEP)).result;
  const watch = world.spawn(["watch"]);
  await eventually(() => watch.stdout().includes("watching"));
  world.writeConfig(`${CONFIG}[tasks.docs]\ncommand = "exec sleep 2000"\n`);
  await eventually(() => watch.stderr().includes("the command of `taskmux run` instead of"));
  const item = await statusOf(world, "docs");
  expect(item).toMatchObject({ pid, command: "sleep 1000", stale: ["config"] });
  expect(item).not.toHaveProperty("source");
  expect((await run(world, "docs", SLEEP)).result.error_code).toBe("E203");
  await ask(world, "restart docs");
  expect((await statusOf(world, "docs")).command).toBe("exec sleep 2000");
  // Nothing is lost: what was run is there again.
  world.writeConfig(CONFIG);
  await eventuallyIs(
    () => statusOf(world, "docs"),
    (found) => found?.source === "run" && found.state === "stopped",
  );
  expect((await ask(world, "start docs")).result.action).toBe("started");
  expect((await statusOf(world, "docs")).command).toBe("sleep 1000");
});

test("a task of run is known while the config is invalid or gone, and of no other config", async () => {
  await using world = createWorld();
  const file = world.writeConfig(CONFIG);
  const { pid } = (await run(world, "docs", SLEEP)).result;
  writeFileSync(file, "x = = 1");
  expect(await statusOf(world, "docs")).toMatchObject({ pid, source: "run" });
  expect((await ask(world, "stop docs")).result.action).toBe("stopped");
  world.writeConfig(CONFIG);
  await ask(world, "stop");
  await run(world, "docs", SLEEP);
  await ask(world, "stop docs");
  await world.tmux("kill-server");
  const other = join(world.root, "other");
  mkdirSync(other);
  writeFileSync(join(other, "taskmux.toml"), CONFIG);
  expect(await names(world, { cwd: other })).toEqual(["api"]);
});

test("each linked worktree has its own tasks of run", async () => {
  await using world = createWorld();
  await makeRepository(world, CONFIG);
  const tree = await addWorktree(world, "fix");
  const first = freeRange();
  const here = await run(world, `docs --port ${first}+`, SLEEP);
  const there = await run(world, `docs --port ${first}+`, SLEEP, { cwd: tree });
  expect([here.result.action, there.result.action]).toEqual(["started", "started"]);
  const { result } = await ask(world, "status", { cwd: tree });
  const [, item] = result.tasks;
  expect(item).toMatchObject({ name: "docs", source: "run", cwd: realpathSync(tree) });
  expect(item.port).not.toBe((await statusOf(world, "docs")).port);
  await ask(world, "stop", { cwd: tree });
  expect(await names(world, { cwd: tree })).toEqual(["api"]);
  expect((await statusOf(world, "docs")).state).not.toBe("stopped");
  expect(existsSync(join(world.home, ".taskmux/run/demo-fix/run-tasks.json"))).toBe(true);
});

test("a task of run stays as long as it runs, and for a day after its end", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  await run(world, "docs", SLEEP);
  const directory = join(world.home, ".taskmux/run/demo");
  const record = join(directory, "run-tasks.json");
  writeFileSync(record, readFileSync(record, "utf8").replace(/"at":\d+/, '"at":1000'));
  expect(await statusOf(world, "docs")).toMatchObject({ state: "running" });
  await ask(world, "stop docs");
  expect(await names(world)).toEqual(["api", "docs"]);
  const hour = 3_600_000;
  const endedAgo = (ms: number) => {
    const time = new Date(Date.now() - ms);
    utimesSync(join(directory, "tasks/docs/record"), time, time);
  };
  endedAgo(23 * hour);
  expect(await names(world)).toEqual(["api", "docs"]);
  endedAgo(25 * hour);
  expect(await names(world)).toEqual(["api"]);
  // A damaged record is none.
  for (const text of [
    "",
    "{",
    "[]",
    '{"tasks":[{"name":"../x","at":1,"task":{"command":"ls"}}]}',
  ]) {
    writeFileSync(record, text);
    expect(await names(world)).toEqual(["api"]);
  }
  expect((await run(world, "docs", SLEEP)).result.action).toBe("started");
});

test("a start keeps the ports of tasks that run and that it doesn't know", async () => {
  await using world = createWorld();
  const first = freeRange();
  const task = (name: string) =>
    `[tasks.${name}]\nport = "${first}+"\ncommand = "exec sleep 1000"\n`;
  world.writeConfig(`name = "demo"\n${task("old")}`);
  await ask(world, "start");
  expect((await statusOf(world, "old")).port).toBe(first);
  world.writeConfig(`name = "demo"\n${task("new")}`);
  await ask(world, "start");
  // Nobody listens on the old one's port yet.
  expect((await statusOf(world, "new")).port).toBe(first + 1);
  const record = join(world.home, ".taskmux/run/demo/ports.json");
  expect(JSON.parse(readFileSync(record, "utf8")).ports).toEqual({ old: first, new: first + 1 });
  await ask(world, "stop");
  await ask(world, "start");
  expect((await statusOf(world, "new")).port).toBe(first + 1);
  expect(JSON.parse(readFileSync(record, "utf8")).ports).toEqual({ new: first + 1 });
});

test.each([
  ["removed", '{"tasks":[]}'],
  ["replaced", '{"tasks":[{"name":"docs","at":32503680000000,"task":{"command":"sleep 2"}}]}'],
])("what a command has %s is not launched by one that waited for the lock", async (how, record) => {
  await using world = createWorld();
  const hook = "touch held; while ! test -e free; do sleep 0.02; done";
  world.writeConfig(`${CONFIG}hooks = { before_start = "${hook}" }\n`);
  await run(world, "docs", SLEEP);
  await ask(world, "stop docs");
  const directory = join(world.home, ".taskmux/run/demo");
  // The lock is held while a hook runs.
  const holder = world.spawn(["start", "api"]);
  await eventually(() => existsSync(join(world.project, "held")));
  const start = world.spawn(["start", "docs"]);
  await eventually(() => start.stderr().includes("waiting for another taskmux command"));
  writeFileSync(join(directory, "run-tasks.json"), record);
  world.write("free", "");
  const { stderr, exitCode } = await start.ended();
  expect(exitCode).toBe(1);
  expect(stderr).toContain(`Task 'docs' was ${how} by another command`);
  await holder.ended();
});

test("start -m, while a watch runs too, reports the end of a task of run and doesn't restart it", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  const watch = world.spawn(["watch"]);
  await eventually(() => watch.stdout().includes("watching"));
  const monitor = world.spawn(["start", "-m"]);
  await eventually(() => monitor.stdout().includes("started"));
  await run(world, "docs", SLEEP);
  const events = async () => (await ask(world, "events --task=docs")).result.events;
  const kinds = async (): Promise<string[]> =>
    (await events()).map(({ event }: { event: string }) => event);
  await eventuallyIs(kinds, (all) => all.includes("task_healthy"));
  world.writeConfig(`${CONFIG}restart_policy = "always"\n`);
  await eventually(() => watch.stdout().includes("config"));
  const { pid } = await statusOf(world, "docs");
  process.kill(pid, "SIGKILL");
  await eventuallyIs(kinds, (all) => all.includes("task_exited"));
  const other = (await run(world, "docs", ["sleep", "2000"])).result;
  await eventuallyIs(kinds, (all) => all.filter((kind) => kind === "task_healthy").length === 2);
  expect(await kinds()).not.toContain("auto_restart");
  expect(await statusOf(world, "docs")).toMatchObject({ pid: other.pid, restarts: 0 });
  expect(watch.stdout()).not.toContain("docs");
});
