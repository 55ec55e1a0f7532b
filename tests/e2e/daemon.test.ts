import { expect, test } from "bun:test";
import { closeSync, openSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { trySharedFlock } from "../../src/adapters/system/libc.ts";
import { ApiConnection } from "../helpers/api.ts";
import { builtBinary } from "../helpers/binary.ts";
import { eventually, eventuallyIs } from "../helpers/eventually.ts";
import { isAlive } from "../helpers/processes.ts";
import { ask, statusOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const CONFIG = `name = "demo"
[tasks.web]
command = "exec sleep 1000"
`;

/** A world whose task runs, and a daemon in the foreground that listens. */
async function withDaemon(world: World, ...flags: string[]) {
  world.writeConfig(CONFIG);
  await ask(world, "start");
  const daemon = world.spawn(["daemon", "--port", "0", "--json", ...flags]);
  const events = () => daemon.lines().map((line) => JSON.parse(line));
  await eventually(() => events()[0]?.ok === true);
  return { ...daemon, events };
}

const daemonStatus = async (world: World) => (await ask(world, "daemon status")).result;

async function nextPid(world: World, before: number): Promise<number> {
  const pid = async () => (await statusOf(world, "web")).pid ?? before;
  return eventuallyIs(pid, (found) => found !== before);
}

test("a daemon restarts what crashes, and says so as JSON Lines", async () => {
  await using world = createWorld();
  const daemon = await withDaemon(world);
  const { pid } = await statusOf(world, "web");
  process.kill(pid, "SIGKILL");
  await nextPid(world, pid);
  await eventually(() => daemon.events().some(({ event }) => event === "auto_restart"));
  const { result } = await ask(world, "status");
  expect(result.monitor).toEqual({ pid: daemon.pid, kind: "daemon" });
});

test.each([
  ["SIGTERM", 0],
  ["SIGINT", 130],
] as const)("%s ends it cleanly with status %p, and the tasks live on", async (signal, status) => {
  await using world = createWorld();
  const daemon = await withDaemon(world);
  const { pid } = await statusOf(world, "web");
  daemon.signal(signal);
  expect((await daemon.ended()).exitCode).toBe(status);
  expect(await statusOf(world, "web")).toMatchObject({ pid, state: "running" });
  expect(await daemonStatus(world)).toMatchObject({ running: false, pid: null, url: null });
});

test("daemon status says where it listens, and daemon stop ends it", async () => {
  await using world = createWorld();
  const daemon = await withDaemon(world);
  const { port, url, pid, started_at } = await daemonStatus(world);
  const { stdout } = await world.run(["daemon", "status"], { env: { TZ: "Asia/Tokyo" } });
  const inTokyo = new Date(Date.parse(started_at) + 9 * 3_600_000).toISOString().slice(0, 19);
  expect(stdout).toContain(`since ${inTokyo.replace("T", " ")} Asia/Tokyo (+09:00): ${url}\n`);
  expect({ port, url, pid }).toEqual({
    port: daemon.events()[0].port,
    url: daemon.events()[0].url,
    pid: daemon.pid,
  });
  expect(port).toBeGreaterThan(0);
  const stopped = await ask(world, "daemon stop");
  expect(stopped.result).toEqual({ ok: true, session: "demo", action: "stopped", pid });
  expect((await daemon.ended()).exitCode).toBe(0);
  const again = await ask(world, "daemon stop");
  expect(again.result).toMatchObject({ action: "already_stopped", pid: null });
  expect((await world.run(["daemon", "status"])).exitCode).toBe(1);
});

test("a daemon in the background listens once the command returns, and logs for its user alone", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  await ask(world, "start");
  const { result } = await ask(world, "daemon --detach --port=0");
  expect(await daemonStatus(world)).toMatchObject({
    running: true,
    pid: result.pid,
    url: result.url,
  });
  const { pid } = await statusOf(world, "web");
  process.kill(pid, "SIGKILL");
  await nextPid(world, pid);
  const log = join(world.home, ".taskmux/daemon.log");
  await eventually(() => readFileSync(log, "utf8").includes("web: automatic restart 1"));
  expect(statSync(log).mode & 0o777).toBe(0o600);
  expect((await ask(world, "daemon stop")).result.pid).toBe(result.pid);
  await eventually(() => !isAlive(result.pid));
  expect(await statusOf(world, "web")).toMatchObject({ state: "running" });
});

test("one in the background that can't begin says why, where it was asked for", async () => {
  await using world = createWorld();
  const daemon = await withDaemon(world);
  const { exitCode, result } = await ask(world, "daemon --detach --port=0");
  expect(exitCode).toBe(1);
  expect(result).toMatchObject({ ok: false, error_code: "E701" });
  expect(result.error).toContain(`pid ${daemon.pid} (daemon)`);
  expect(result.hint).toContain("taskmux daemon stop");
});

test.each(["start -m", "daemon --port 0", "watch"])(
  "while a daemon runs, %s is refused with E701",
  async (line) => {
    await using world = createWorld();
    const daemon = await withDaemon(world);
    const { exitCode, stdout } = await world.run([...line.split(" "), "--json"]);
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, error_code: "E701" });
    expect(JSON.parse(stdout).error).toContain(`${daemon.pid}`);
  },
);

test("a daemon that was killed loses nothing: the next one takes over, counts included", async () => {
  await using world = createWorld();
  const first = await withDaemon(world);
  const { pid } = await statusOf(world, "web");
  process.kill(pid, "SIGKILL");
  const second = await nextPid(world, pid);
  await eventually(async () => (await statusOf(world, "web")).restarts === 1);
  first.signal("SIGKILL");
  await first.ended();
  expect(await daemonStatus(world)).toMatchObject({ running: false });
  process.kill(second, "SIGKILL");
  const next = world.spawn(["daemon", "--port", "0", "--json"]);
  await eventually(async () => (await daemonStatus(world)).pid === next.pid);
  await nextPid(world, second);
  await eventually(async () => (await statusOf(world, "web")).restarts === 2);
});

test("it follows the config: a new task is started, watched and reported, a removed one is stopped", async () => {
  await using world = createWorld();
  const daemon = await withDaemon(world);
  await using client = await ApiConnection.open(daemon.events()[0].port);
  await client.ask("subscribe", { topics: ["status"] });
  world.writeConfig(`name = "demo"\n[tasks.api]\ncommand = "exec sleep 1000"\n`);
  const told = () => client.pushed("status").at(-1)?.tasks;
  await eventually(() => told()?.api?.state === "running" && told().web === undefined);
  const { pid } = await statusOf(world, "api");
  process.kill(pid, "SIGKILL");
  await eventually(() => told().api.restarts === 1 && told().api.state === "running");
  const of = (kind: string) => daemon.events().filter(({ event }) => event === kind);
  await eventually(() => of("config_reloaded").length > 0 && of("task_stopped").length > 0);
  expect(of("config_reloaded")).toMatchObject([{ added: ["api"], removed: ["web"] }]);
  expect(of("task_stopped")).toHaveLength(1);
});

test("daemon stop says that the tasks keep running only if any does", async () => {
  await using world = createWorld();
  const { pid } = await withDaemon(world);
  const first = await world.run(["daemon", "stop"]);
  expect(first.stdout).toBe(`stopped the daemon, pid ${pid}; the tasks keep running\n`);
  await ask(world, "stop");
  const idle = world.spawn(["daemon", "--port", "0", "--json"]);
  await eventually(() => idle.lines().length > 0);
  const second = await world.run(["daemon", "stop"]);
  expect(second.stdout).toBe(`stopped the daemon, pid ${idle.pid}\n`);
});

test("a stale lease names a process that daemon stop leaves alone", async () => {
  await using world = createWorld();
  const daemon = await withDaemon(world);
  daemon.signal("SIGKILL");
  await daemon.ended();
  const stranger = world.spawnProgram(["sleep", "1000"]);
  const lease = join(world.home, ".taskmux/run/demo/monitor");
  const old = JSON.parse(readFileSync(lease, "utf8"));
  writeFileSync(lease, JSON.stringify({ ...old, pid: stranger.pid }));
  expect(await daemonStatus(world)).toMatchObject({ running: false });
  expect((await ask(world, "daemon stop")).result.action).toBe("already_stopped");
  expect(isAlive(stranger.pid)).toBe(true);
  const next = world.spawn(["daemon", "--port", "0", "--json"]);
  await eventually(async () => (await daemonStatus(world)).pid === next.pid);
});

test("its token reaches neither its arguments nor the tasks", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  const { result } = await ask(world, "daemon --detach --port=0 --token=s3cret");
  const words = (await world.runProgram(["ps", "-ww", "-o", "args=", "-p", `${result.pid}`]))
    .stdout;
  expect(words).toContain("daemon");
  expect(words).not.toContain("s3cret");
  await ask(world, "start", { env: { TASKMUX_TOKEN: "s3cret" } });
  const { env_keys } = (await ask(world, "inspect web")).result;
  expect(env_keys).toContain("PATH");
  expect(env_keys).not.toContain("TASKMUX_TOKEN");
});

test("what a daemon in the background starts learns nothing of how it was started", async () => {
  await using world = createWorld();
  const tell = (name: string) => `env >${name}.part && mv ${name}.part ${name}`;
  world.writeConfig(`name = "demo"
[tasks.web]
command = "${tell("task")}; exec sleep 1000"
health_check = "${tell("check")}"
hooks = { before_start = "${tell("hook")}" }
`);
  // It learns of this limit, which isn't its own.
  const limited = 'ulimit -Sn 700; "$@"; exit $?';
  const words = ["daemon", "--detach", "--port=0", "--token=s3cret", "--json"];
  const begun = await world.runProgram(["sh", "-c", limited, "sh", builtBinary(), ...words]);
  const result = begun.json();
  const headers = { Authorization: "Bearer s3cret" };
  await using client = await ApiConnection.open(result.port, { headers });
  await client.ask("start", { wait: true });
  const told = [await world.tmux("show-environment", "-g")];
  for (const name of ["task", "check", "hook"])
    told.push(await eventually(() => readFileSync(join(world.project, name), "utf8")));
  for (const environment of told) {
    expect(environment).toContain(`HOME=${world.home}`);
    expect(environment).not.toMatch(/^TASKMUX_(DETACHED|TOKEN|FILE_LIMIT)=/m);
  }
});

test.each([
  ["daemon staus", "E500", "status"],
  ["daemon --port=70000", "E500", "65535"],
])("%s is wrong usage", async (line, code, named) => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  const { exitCode, result } = await ask(world, line);
  expect(exitCode).toBe(2);
  expect(result.error_code).toBe(code);
  expect(result.error + result.hint).toContain(named);
});

test("a daemon that is ended while it still takes its roles stops its tasks, if it was to", async () => {
  await using world = createWorld();
  world.writeConfig('name = "demo"\n[tasks]\nweb = "exec sleep 1000"\n');
  await ask(world, "start --wait");
  // It waits for the second role: a reader of that lease takes its time.
  const lease = join(world.home, ".taskmux/run/demo/watch");
  const { pid } = Bun.spawnSync(["true"]);
  writeFileSync(lease, `${JSON.stringify({ pid, kind: "watch" })}\n`, { mode: 0o600 });
  const reader = openSync(lease, "r");
  expect(trySharedFlock(reader)).toBe(true);
  const daemon = world.spawn(["daemon", "--port=0", "--stop-on-exit"]);
  await eventually(async () => (await ask(world, "status")).result.monitor?.pid === daemon.pid);
  daemon.signal("SIGTERM");
  closeSync(reader);
  expect((await daemon.ended()).exitCode).toBe(0);
  expect(await statusOf(world, "web")).toMatchObject({ state: "stopped", want: "down" });
});
