import { expect, test } from "bun:test";
import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { tryFlock } from "../../src/adapters/system/libc.ts";
import { startDaemon } from "../helpers/api.ts";
import { eventually } from "../helpers/eventually.ts";
import { isAlive } from "../helpers/processes.ts";
import { ask } from "../helpers/schemas.ts";
import { placeState } from "../helpers/state-0.1.0.ts";
import { createWorld, type World } from "../helpers/world.ts";

const configOf = (name: string): string => `name = "${name}"
[tasks.web]
command = "echo hello; exec sleep 1000"
`;

const stateHome = (world: World): string => join(world.home, ".taskmux");
const runDirectory = (world: World, session: string): string =>
  join(stateHome(world), "run", session);
const logDirectory = (world: World, session: string): string =>
  join(stateHome(world), "logs", session);

/** Starts a project in the directory of its name, and waits for its output. */
async function started(world: World, name: string): Promise<{ cwd: string }> {
  world.writeConfig(configOf(name), `${name}/taskmux.toml`);
  const place = { cwd: join(world.project, name) };
  expect((await ask(world, "start", place)).result.ok).toBe(true);
  expect((await ask(world, "wait web --log=hello", place)).result.ok).toBe(true);
  return place;
}

/** The same, stopped, and without its directory. */
async function gone(world: World, name: string): Promise<void> {
  const place = await started(world, name);
  expect((await ask(world, "stop", place)).result.ok).toBe(true);
  rmSync(place.cwd, { recursive: true });
  await eventually(async () => found(await prune(world)).includes(`${name} run`));
}

const prune = async (world: World, flags = ""): Promise<any> =>
  (await ask(world, `prune${flags}`, { cwd: "/" })).result;

const found = ({ items }: any): string[] =>
  items.map(({ session, kind, deleted }: any) => `${session} ${kind}${deleted ? " deleted" : ""}`);

/** The paths of all that is in a directory. */
const below = (directory: string): string[] =>
  (readdirSync(directory, { recursive: true }) as string[]).toSorted();

const LONG_AGO = new Date("2020-01-01");

test("without anything left, nothing is listed or made", async () => {
  await using world = createWorld();
  const nothing = { ok: true, applied: false, items: [], bytes: 0, warnings: [] };
  expect(await prune(world)).toEqual(nothing);
  expect(await prune(world, " --apply")).toEqual({ ...nothing, applied: true });
  const { stdout } = await world.run(["prune"]);
  expect(stdout).toBe("nothing is left of sessions that are gone\n");
  expect(existsSync(stateHome(world))).toBe(false);
});

test("a project that is gone leaves its run directory, which only --apply deletes", async () => {
  await using world = createWorld();
  await gone(world, "old");
  await started(world, "new");
  const old = runDirectory(world, "old");
  const before = below(old);
  const listed = await prune(world);
  expect(found(listed)).toEqual(["old run"]);
  expect(listed.items[0]).toMatchObject({
    path: old,
    reason: `${join(world.project, "old/taskmux.toml")} is gone`,
  });
  expect(listed.bytes).toBeGreaterThan(0);
  expect(listed.bytes).toBe(listed.items[0].bytes);
  expect(below(old)).toEqual(before);
  expect(found(await prune(world, " --apply"))).toEqual(["old run deleted"]);
  expect(readdirSync(join(stateHome(world), "run"))).toEqual(["new"]);
  const { result } = await ask(world, "ps");
  expect(result.sessions).toMatchObject([{ session: "new", active_tasks: 1 }]);
});

test("logs are deleted once nothing was written to them for so long", async () => {
  await using world = createWorld();
  await gone(world, "old");
  const logs = logDirectory(world, "old");
  writeFileSync(join(logs, "web.log.1"), "x".repeat(3000));
  utimesSync(join(logs, "web.log.1"), LONG_AGO, LONG_AGO);
  writeFileSync(join(logs, "notes.txt"), "mine");
  utimesSync(join(logs, "notes.txt"), LONG_AGO, LONG_AGO);
  const first = await prune(world, " --apply");
  expect(found(first)).toEqual(["old run deleted", "old logs deleted"]);
  expect(first.items[1]).toMatchObject({ path: logs, files: 1, bytes: 3000 });
  expect(readdirSync(logs).toSorted()).toEqual(["notes.txt", "web.log"]);
  expect(found(await prune(world))).toEqual([]);
  expect(found(await prune(world, " --older=0s"))).toEqual(["old logs"]);
  expect(found(await prune(world, " --apply --older=0s"))).toEqual(["old logs deleted"]);
  expect(readdirSync(logs)).toEqual(["notes.txt"]);
  rmSync(join(logs, "notes.txt"));
  writeFileSync(join(logs, "web.log"), "");
  expect(found(await prune(world, " --apply --older=0s"))).toEqual(["old logs deleted"]);
  expect(existsSync(logs)).toBe(false);
  expect(existsSync(runDirectory(world, "old"))).toBe(false);
});

test("the logs and records of a project that is there are kept, however old", async () => {
  await using world = createWorld();
  const place = await started(world, "one");
  expect((await ask(world, "stop", place)).result.ok).toBe(true);
  const log = join(logDirectory(world, "one"), "web.log");
  utimesSync(log, LONG_AGO, LONG_AGO);
  expect(await prune(world, " --apply --older=0s")).toMatchObject({ items: [], warnings: [] });
  expect(existsSync(log)).toBe(true);
});

test("a session that still runs is left alone, and its command ends it", async () => {
  await using world = createWorld();
  const { cwd } = await started(world, "old");
  const { pid } = (await ask(world, "inspect web", { cwd })).result;
  rmSync(cwd, { recursive: true });
  const result = await prune(world, " --apply --older=0s");
  expect(result).toMatchObject({ ok: true, items: [] });
  expect(result.warnings).toEqual([
    "session 'old' still runs, without its config: taskmux stop --session old",
  ]);
  expect(isAlive(pid)).toBe(true);
  expect((await world.run(["stop", "--session", "old"], { cwd: "/" })).exitCode).toBe(0);
  await eventually(async () => found(await prune(world, " --apply")).includes("old run deleted"));
});

test("a task that has outlived tmux is left alone, with its records", async () => {
  await using world = createWorld();
  world.writeConfig(
    'name = "old"\n[tasks]\nweb = "trap \'\' HUP; echo ready; while :; do sleep 1000; done"\n',
    "old/taskmux.toml",
  );
  const place = { cwd: join(world.project, "old") };
  expect((await ask(world, "start", place)).result.ok).toBe(true);
  expect((await ask(world, "wait web --log=ready", place)).result.ok).toBe(true);
  const { pid } = (await ask(world, "inspect web", place)).result;
  const server = Number(await world.tmux("display-message", "-p", "#{pid}"));
  process.kill(server, "SIGKILL");
  rmSync(place.cwd, { recursive: true });
  await eventually(() => !isAlive(server));
  expect(await prune(world, " --apply")).toMatchObject({
    items: [],
    warnings: [expect.stringContaining("taskmux stop --session old")],
  });
  expect(isAlive(pid)).toBe(true);
  expect((await world.run(["stop", "--session", "old"], { cwd: "/" })).exitCode).toBe(0);
  expect(isAlive(pid)).toBe(false);
  await eventually(async () => found(await prune(world, " --apply")).includes("old run deleted"));
});

test("a session with a monitor is left alone", async () => {
  await using world = createWorld();
  const place = await started(world, "old");
  const { pid } = await startDaemon(world, [], place);
  expect((await ask(world, "stop", place)).result.ok).toBe(true);
  rmSync(place.cwd, { recursive: true });
  const result = await prune(world, " --apply");
  expect(result).toMatchObject({
    items: [],
    warnings: [`session 'old' is watched by pid ${pid} (daemon)`],
  });
});

test.each(["lock", "monitor", "watch"])(
  "while a process holds its %s, a session is kept",
  async (name) => {
    await using world = createWorld();
    await gone(world, "old");
    const descriptor = openSync(join(runDirectory(world, "old"), name), "a");
    expect(tryFlock(descriptor)).toBe(true);
    const result = await prune(world, " --apply");
    closeSync(descriptor);
    expect(result.items.filter(({ deleted }: any) => deleted)).toEqual([]);
    expect(existsSync(join(runDirectory(world, "old"), "project.json"))).toBe(true);
    expect(found(await prune(world, " --apply"))).toEqual(["old run deleted"]);
  },
);

test("several prunes at once delete each thing once, and none fails", async () => {
  await using world = createWorld();
  for (const name of ["a", "b", "c"]) await gone(world, name);
  const results = await Promise.all([1, 2, 3].map(() => prune(world, " --apply --older=0s")));
  const deleted = results.flatMap(found).filter((item) => item.endsWith(" deleted"));
  expect(deleted.toSorted()).toEqual(
    ["a", "b", "c"].flatMap((name) => [`${name} logs deleted`, `${name} run deleted`]),
  );
  expect(readdirSync(join(stateHome(world), "run"))).toEqual([]);
  expect(readdirSync(join(stateHome(world), "logs"))).toEqual([]);
});

test("a project that comes back starts, whatever a prune does at the same time", async () => {
  await using world = createWorld();
  await gone(world, "old");
  for (let round = 0; round < 3; round++) {
    world.writeConfig(configOf("old"), "away/taskmux.toml");
    const place = { cwd: join(world.project, "old") };
    const pruning = prune(world, " --apply --older=0s");
    renameSync(join(world.project, "away"), place.cwd);
    const [start, result] = await Promise.all([ask(world, "start", place), pruning]);
    expect([start.result.ok, result.ok]).toEqual([true, true]);
    const { result: status } = await ask(world, "status", place);
    expect(status).toMatchObject({ running: true, active_tasks: 1 });
    expect((await ask(world, "stop", place)).result.tasks).toEqual(["web"]);
    rmSync(place.cwd, { recursive: true });
  }
});

test("what an interrupted prune has left is deleted", async () => {
  await using world = createWorld();
  await gone(world, "old");
  const aside = runDirectory(world, `.gone-old-${Bun.randomUUIDv7()}`);
  renameSync(runDirectory(world, "old"), aside);
  mkdirSync(runDirectory(world, ".gone-mine"));
  const { result } = await ask(world, "ps");
  expect(result.sessions).toEqual([]);
  expect((await prune(world)).items).toMatchObject([
    { session: "old", path: aside, reason: "an earlier prune was interrupted", deleted: false },
  ]);
  expect(found(await prune(world, " --apply"))).toEqual(["old run deleted"]);
  expect(readdirSync(join(stateHome(world), "run"))).toEqual([".gone-mine"]);
});

/** What stands behind links, and must stay. */
function makeTreasure(world: World): string {
  const treasure = join(world.root, "treasure");
  mkdirSync(treasure);
  for (const name of ["web.log", "file"]) {
    writeFileSync(join(treasure, name), "precious");
    utimesSync(join(treasure, name), LONG_AGO, LONG_AGO);
  }
  return treasure;
}

const LINKS: [what: string, link: (world: World, treasure: string) => void][] = [
  [
    "in a run directory",
    (world, treasure) => {
      symlinkSync(treasure, join(runDirectory(world, "old"), "link"));
      symlinkSync(join(treasure, "file"), join(runDirectory(world, "old"), "link-2"));
    },
  ],
  ["for a run directory", (world, treasure) => symlinkSync(treasure, runDirectory(world, "x"))],
  ["for a log directory", (world, treasure) => symlinkSync(treasure, logDirectory(world, "x"))],
  [
    "for a log",
    (world, treasure) =>
      symlinkSync(join(treasure, "web.log"), join(logDirectory(world, "old"), "b.log")),
  ],
  [
    "for a lock",
    (world, treasure) => {
      rmSync(join(runDirectory(world, "old"), "lock"));
      symlinkSync(join(treasure, "new"), join(runDirectory(world, "old"), "lock"));
    },
  ],
  [
    "for all run directories",
    (world, treasure) => {
      renameSync(join(stateHome(world), "run"), join(treasure, "run"));
      symlinkSync(join(treasure, "run"), join(stateHome(world), "run"));
    },
  ],
  [
    "for all log directories",
    (world, treasure) => {
      renameSync(join(stateHome(world), "logs"), join(treasure, "logs"));
      symlinkSync(join(treasure, "logs"), join(stateHome(world), "logs"));
    },
  ],
];

test.each(LINKS)("nothing behind a link %s is deleted or made", async (_, link) => {
  await using world = createWorld();
  await gone(world, "old");
  const treasure = makeTreasure(world);
  link(world, treasure);
  const before = below(treasure);
  await world.run(["prune", "--apply", "--older", "0s"], { cwd: "/" });
  expect(below(treasure)).toEqual(before);
});

test("what is no session's is never deleted", async () => {
  await using world = createWorld();
  await gone(world, "old");
  const strange = ["-x", ".hidden", "a b", "a.b", "\u001b[31mred"];
  for (const name of strange) {
    mkdirSync(runDirectory(world, name));
    writeFileSync(join(runDirectory(world, name), "project.json"), "{}");
  }
  writeFileSync(runDirectory(world, "file"), "");
  mkdirSync(join(runDirectory(world, "unknown"), "readers"), { recursive: true });
  const bad = runDirectory(world, "bad");
  mkdirSync(join(bad, "tasks/web/launch.json"), { recursive: true });
  const result = await prune(world, " --apply --older=0s");
  expect(found(result)).toEqual(["old run deleted", "old logs deleted"]);
  expect(result.warnings).toEqual([expect.stringContaining("session 'bad' is left alone")]);
  const left = readdirSync(join(stateHome(world), "run")).toSorted();
  expect(left).toEqual([...strange, "bad", "file", "unknown"].toSorted());
});

test("what can't be deleted is said, and the rest is deleted", async () => {
  await using world = createWorld();
  await gone(world, "a");
  await gone(world, "b");
  rmSync(join(runDirectory(world, "a"), "lock"), { force: true });
  mkdirSync(join(runDirectory(world, "a"), "lock"));
  const { exitCode, result } = await ask(world, "prune --apply");
  expect(exitCode).toBe(1);
  expect(result).toMatchObject({ ok: false, error_code: "E106" });
  expect(found(result)).toEqual(["a run", "b run deleted"]);
  expect(lstatSync(runDirectory(world, "a")).isDirectory()).toBe(true);
});

test("records of 0.1.0 are left once the directories of its tasks are gone", async () => {
  await using world = createWorld();
  await placeState(world);
  expect(await prune(world, " --apply")).toMatchObject({ items: [], warnings: [] });
  rmSync(world.project, { recursive: true });
  const result = await prune(world, " --apply");
  expect(found(result)).toContain("shop run deleted");
  expect(result.items[0].reason).toBe("the directories of its tasks are gone");
});

test("people see sizes, and how to delete what is listed", async () => {
  await using world = createWorld();
  await gone(world, "old");
  const { stdout } = await world.run(["prune", "--older", "0s"], { cwd: "/" });
  const [run, logs, sum] = stdout.trimEnd().split("\n");
  expect(run).toMatch(/^ *\S+ (KiB|MiB) {2}~\/\.taskmux\/run\/old +\/.*\/taskmux\.toml is gone$/);
  expect(logs).toMatch(/^ *\d+ bytes {2}~\/\.taskmux\/logs\/old +1 old log, .* is gone$/);
  expect(sum).toMatch(/^\S+ \w+ in 2 directories; to delete it, add --apply$/);
  const done = await world.run(["prune", "--apply"], { cwd: "/" });
  expect(done.stdout).toMatch(/\ndeleted \S+ \w+ in 1 directory\n$/);
});
