import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startDaemon } from "../helpers/api.ts";
import { removeInUse } from "../helpers/directory.ts";
import { eventually } from "../helpers/eventually.ts";
import { addWorktree, git, makeRepository } from "../helpers/git.ts";
import { placeLiveSession, placeState } from "../helpers/state-0.1.0.ts";
import { ask } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const configOf = (name: string): string => `name = "${name}"
[tasks.web]
command = "exec sleep 1000"
port = "4100+"
health_check = "true"
[tasks.job]
command = "true"
oneshot = true
[tasks.later]
command = "exec sleep 1000"
auto_start = false
`;

/** Starts a project in the directory of its name. */
async function started(world: World, name: string): Promise<{ cwd: string }> {
  world.writeConfig(configOf(name), `${name}/taskmux.toml`);
  const place = { cwd: join(world.project, name) };
  expect((await ask(world, "start", place)).result.ok).toBe(true);
  expect((await ask(world, "wait job --for=exited", place)).result.ok).toBe(true);
  return place;
}

const listed = async (world: World): Promise<any[]> => {
  const { result } = await ask(world, "ps", { cwd: "/" });
  return result.sessions;
};

const runDirectory = (world: World, session: string): string =>
  join(world.home, ".taskmux/run", session);

test("without any session there is none, and nothing is made", async () => {
  await using world = createWorld();
  expect((await ask(world, "ps")).result).toEqual({ sessions: [], warnings: [] });
  expect((await world.run(["ps"])).stdout).toBe("no sessions\n");
  expect(existsSync(join(world.home, ".taskmux"))).toBe(false);
});

test("a session that only add has locked is not listed", async () => {
  await using world = createWorld();
  world.writeConfig('name = "shop"\n');
  expect((await ask(world, "add web true")).result.ok).toBe(true);
  expect(existsSync(runDirectory(world, "shop"))).toBe(true);
  expect(await listed(world)).toEqual([]);
});

test("every session is listed from any directory, with what runs and what should", async () => {
  await using world = createWorld();
  await started(world, "one");
  const two = await started(world, "two");
  expect((await ask(world, "stop", two)).result.ok).toBe(true);
  const [one, other, ...rest] = await listed(world);
  expect(rest).toEqual([]);
  expect(one).toMatchObject({
    session: "one",
    running: true,
    config_path: join(world.project, "one/taskmux.toml"),
    gone: null,
    worktree: null,
    active_tasks: 1,
    wanted_tasks: 1,
    monitor: null,
    problem: null,
    hint: null,
  });
  expect(one.ports).toEqual([{ task: "web", port: expect.any(Number) }]);
  expect(Date.parse(one.started_at)).toBeGreaterThan(0);
  expect(other).toMatchObject({ running: false, active_tasks: 0, wanted_tasks: 0, ports: [] });
  expect(other.started_at).toBe(null);
});

test("a task that was killed is missing, and a monitor is named", async () => {
  await using world = createWorld();
  const place = await started(world, "one");
  const { pid } = await startDaemon(world, [], place);
  expect((await listed(world))[0].monitor).toEqual({ pid, kind: "daemon" });
  process.kill(pid, "SIGKILL");
  const { result } = await ask(world, "inspect web", place);
  process.kill(result.pid, "SIGKILL");
  expect((await ask(world, "wait web --for=exited", place)).result.ok).toBe(true);
  expect((await listed(world))[0]).toMatchObject({ active_tasks: 0, wanted_tasks: 1, ports: [] });
});

test.each([
  ["config", "one/taskmux.toml"],
  ["directory", "one"],
])("a session whose %s is gone says how to end it", async (gone, path) => {
  await using world = createWorld();
  await started(world, "one");
  rmSync(join(world.project, path), { recursive: true });
  const [one] = await listed(world);
  expect(one).toMatchObject({ gone, active_tasks: 1, hint: "taskmux stop --session one" });
  const { stdout } = await world.run(["ps"], { cwd: "/" });
  expect(stdout).toContain(`\n* one: its ${gone} is gone: taskmux stop --session one\n`);
  const words = one.hint.split(" ").slice(1);
  expect((await world.run(words, { cwd: "/" })).exitCode).toBe(0);
  const [after] = await listed(world);
  expect(after).toMatchObject({ running: false, active_tasks: 0, gone, hint: "taskmux prune" });
});

test("the table fits a terminal of 80 columns", async () => {
  await using world = createWorld();
  await started(world, "one");
  rmSync(join(world.project, "one"), { recursive: true });
  const terminal = world.spawnOnTerminal(["ps"], { cwd: "/" });
  expect(await terminal.ended()).toBe(0);
  await eventually(() => terminal.seen().includes("--session one"));
  const lines = Bun.stripANSI(terminal.seen()).split("\r\n");
  expect(lines[0]).toMatch(/^SESSION +TASKS +UPTIME +PORTS +MONITOR +CONFIG$/);
  for (const line of lines) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(80);
});

test("tmux is called once for each of its servers", async () => {
  await using world = createWorld();
  await Promise.all(["a", "b", "c", "d"].map((name) => started(world, name)));
  const log = join(world.root, "calls");
  const script = `#!/bin/sh\necho "$@" >> ${log}\nexec ${Bun.which("tmux")} "$@"\n`;
  world.write("bin/tmux", script, 0o755);
  const env = { PATH: `${join(world.project, "bin")}:${world.env["PATH"]}` };
  const { result } = await ask(world, "ps", { env });
  expect(result.sessions.map(({ running }: any) => running)).toEqual([true, true, true, true]);
  const socket = (await world.tmux("display-message", "-p", "#{socket_path}")).trim();
  const [call, ...more] = readFileSync(log, "utf8").trim().split("\n");
  expect(more).toEqual([]);
  expect(call).toContain(`-S ${socket} list-sessions`);
});

test("a session on a server whose socket is gone still runs", async () => {
  await using world = createWorld();
  await started(world, "one");
  const socket = await world.tmux("display-message", "-p", "#{socket_path}");
  rmSync(socket);
  expect((await listed(world))[0]).toMatchObject({ running: true, active_tasks: 1 });
});

test("a server that hangs hides no session, and is named", async () => {
  await using world = createWorld();
  await started(world, "one");
  const server = Number(await world.tmux("display-message", "-p", "#{pid}"));
  process.kill(server, "SIGSTOP");
  const { result, exitCode } = await ask(world, "ps");
  process.kill(server, "SIGCONT");
  expect(exitCode).toBe(0);
  expect(result.warnings).toEqual([expect.stringContaining(`pid ${server}, is stopped`)]);
  expect(result.sessions).toMatchObject([{ session: "one", running: true, active_tasks: 1 }]);
});

test("a session without records is known by its mark in tmux", async () => {
  await using world = createWorld();
  await started(world, "one");
  await world.tmux("new-session", "-d", "-s", "mine", "sleep 1000");
  await removeInUse(runDirectory(world, "one"));
  const sessions = await listed(world);
  expect(sessions).toMatchObject([
    { session: "one", running: true, config_path: join(world.project, "one/taskmux.toml") },
  ]);
});

/** Each way in which a session's records are no records. */
const SPOILT: [what: string, spoil: (directory: string) => void, shown: object][] = [
  [
    "a directory in place of a task's state",
    (directory) => {
      rmSync(join(directory, "tasks/web/state.json"));
      mkdirSync(join(directory, "tasks/web/state.json"));
    },
    { running: true, config_path: null, problem: expect.stringContaining("state.json") },
  ],
  [
    "a config's record without a config",
    (directory) => writeFileSync(join(directory, "project.json"), '{"config_path":5,"config":[]}'),
    { running: true, gone: null, problem: null, active_tasks: 1 },
  ],
  [
    "a config's record that was cut",
    (directory) => writeFileSync(join(directory, "project.json"), '{"config_path":"/x'),
    { running: true, gone: null, problem: null, active_tasks: 1 },
  ],
  [
    "a server's record of other things",
    (directory) => writeFileSync(join(directory, "server.json"), '{"socket":7,"pid":"x"}'),
    { running: true, problem: null, active_tasks: 1 },
  ],
];

test.each(SPOILT)("%s hides no other session", async (_, spoil, shown) => {
  await using world = createWorld();
  await started(world, "bad");
  await started(world, "good");
  spoil(runDirectory(world, "bad"));
  const [bad, good] = await listed(world);
  expect(bad).toMatchObject({ session: "bad", ...shown });
  expect(good).toMatchObject({ session: "good", active_tasks: 1, problem: null });
  expect((await world.run(["ps"])).exitCode).toBe(0);
});

test("what is no session's directory is left out", async () => {
  await using world = createWorld();
  await started(world, "one");
  for (const name of ["-x", ".hidden", "a b", "a.b", "\u001b[31mred"])
    mkdirSync(runDirectory(world, name));
  writeFileSync(runDirectory(world, "file"), "");
  symlinkSync("/nowhere", runDirectory(world, "dangling"));
  const names = (await listed(world)).map(({ session }) => session);
  expect(names).toEqual(["one"]);
});

test("a worktree that was moved is not gone", async () => {
  await using world = createWorld();
  await makeRepository(world, configOf("shop"));
  const tree = await addWorktree(world, "tree");
  expect((await ask(world, "start", { cwd: tree })).result.ok).toBe(true);
  await git(world, ["worktree", "move", tree, `${tree}-2`]);
  expect(await listed(world)).toMatchObject([
    {
      session: "shop-tree",
      gone: null,
      config_path: `${tree}-2/taskmux.toml`,
      worktree: { id: "tree", main: world.project },
    },
  ]);
});

test("a session of 0.1.0 is listed, by its mark and by its tasks' directories", async () => {
  await using world = createWorld();
  await placeLiveSession(world);
  const path = join(world.project, "taskmux.toml");
  expect(await listed(world)).toMatchObject([
    { session: "shop", running: true, config_path: path, gone: null, problem: null },
  ]);
  rmSync(path);
  expect((await listed(world))[0]).toMatchObject({ gone: "config", config_path: path });
  expect((await world.run(["stop", "--session", "shop"], { cwd: "/" })).exitCode).toBe(0);
  expect((await listed(world))[0]).toMatchObject({ running: false, active_tasks: 0 });
});

test("records of 0.1.0 after a reboot name no config, and are gone with their directory", async () => {
  await using world = createWorld();
  await placeState(world);
  expect(await listed(world)).toMatchObject([
    { session: "shop", running: false, config_path: null, gone: null, hint: null },
  ]);
  rmSync(world.project, { recursive: true });
  mkdirSync(join(world.root, "elsewhere"));
  expect(await listed(world)).toMatchObject([{ gone: "directory", hint: "taskmux prune" }]);
});
