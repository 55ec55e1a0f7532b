import { expect, test } from "bun:test";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ApiConnection } from "../helpers/api.ts";
import { eventually, eventuallyIs } from "../helpers/eventually.ts";
import { isAlive } from "../helpers/processes.ts";
import { ask, statusOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const config = `name = "demo"
[tasks.web]
command = "exec sleep 1000"
`;

/** A world whose task runs, and a daemon in the foreground that listens. */
async function withDaemon(world: World, ...flags: string[]) {
  world.writeConfig(config);
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
  const { port, url, pid } = await daemonStatus(world);
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
  world.writeConfig(config);
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
  "beside a daemon %s is refused with E701",
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
  expect(await statusOf(world, "web")).toMatchObject({ restarts: 2 });
});

test("it follows the config: what is new is started, watched and told of, what is gone is stopped", async () => {
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
  const reloads = daemon.events().filter(({ event }) => event === "config_reloaded");
  expect(reloads).toEqual([expect.objectContaining({ added: ["api"], removed: ["web"] })]);
  expect(daemon.events().filter(({ event }) => event === "task_stopped")).toHaveLength(1);
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
  world.writeConfig(config);
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

test.each([
  ["daemon staus", "E500", "status"],
  ["daemon --port=70000", "E500", "65535"],
])("%s is wrong usage", async (line, code, named) => {
  await using world = createWorld();
  world.writeConfig(config);
  const { exitCode, result } = await ask(world, line);
  expect(exitCode).toBe(2);
  expect(result.error_code).toBe(code);
  expect(result.error + result.hint).toContain(named);
});
