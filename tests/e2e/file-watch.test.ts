import { describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { builtBinary } from "../helpers/binary.ts";
import { eventually, eventuallyIs } from "../helpers/eventually.ts";
import { ask, statusOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

/** Restarts take long on a busy machine. */
const LONG = { timeout: 100_000 };

/** Longer than a busy machine lets a program wait between two steps of one save. */
const QUIET = "3s";

interface Fields {
  command?: string;
  watch?: string[];
  debounce?: string;
  more?: string;
}

const config = ({
  command = "exec sleep 1000",
  watch = ["src/**/*.py"],
  debounce = "200ms",
  more = "",
}: Fields = {}): string =>
  `name = "demo"\n[tasks.web]\ncommand = ${JSON.stringify(command)}\nwatch = ${JSON.stringify(watch)}\nwatch_debounce = "${debounce}"\n${more}\n`;

/** Starts a monitor and waits until the files of the task `web` are watched; its events as they come. */
async function monitor(world: World, argv = [builtBinary(), "start", "-m", "--json"]) {
  const running = world.spawnProgram(argv);
  const events = () => running.lines().map((line) => JSON.parse(line));
  await watchIs(world, "on");
  /** What has caused restarts and signals, in order. */
  const causes = (): string[] =>
    events()
      .filter(({ event }) => event === "task_restarted" || event === "task_signaled")
      .map(({ path }) => path);
  const caused = (path: string) => eventually(() => causes().includes(path), LONG);
  /** Saves a file until it is what causes a restart: a change that came before it may do it too. */
  const save = async (path: string, cwd = ""): Promise<void> => {
    const count = () => causes().filter((one) => one === path).length;
    const before = count();
    for (let tries = 0; tries < 10 && count() === before; tries++) {
      world.write(join(cwd, path), `${performance.now()}`);
      await eventually(() => count() > before, { timeout: 10_000 }).catch(() => {});
    }
    expect(count()).toBeGreaterThan(before);
  };
  return { ...running, events, causes, caused, save };
}

const watchIs = (world: World, state: string, task = "web") =>
  eventually(async () => (await statusOf(world, task)).watch?.state === state, LONG);

const stateIs = (world: World, state: string) =>
  eventually(async () => (await statusOf(world, "web")).state === state, LONG);

test("a save restarts the task, once, and it is on record", async () => {
  await using world = createWorld();
  world.write("src/a.py", "1");
  world.writeConfig(config({ debounce: QUIET }));
  const watched = await monitor(world);
  const before = (await ask(world, "inspect web")).result;
  world.write("src/a.py", "2");
  await watched.caused("src/a.py");
  const after = await eventuallyIs(
    async () => (await ask(world, "inspect web")).result,
    ({ state, pid }) => state === "running" && pid !== before.pid,
    LONG,
  );
  expect(after).toMatchObject({ restarts: 0, window_id: before.window_id });
  const event = watched.events().find(({ cause }) => cause === "watch");
  expect(event).toMatchObject({
    event: "task_restarted",
    task: "web",
    pid: after.pid,
    path: "src/a.py",
    by: "monitor",
  });
  world.write("src/b.py", "1");
  await watched.caused("src/b.py");
  expect(watched.causes()).toEqual(["src/a.py", "src/b.py"]);
});

test("a daemon watches too", async () => {
  await using world = createWorld();
  world.write("src/a.py", "1");
  world.writeConfig(config({ debounce: QUIET }));
  world.spawn(["daemon", "--port", "0"]);
  await ask(world, "start");
  await watchIs(world, "on");
  const { pid } = await statusOf(world, "web");
  world.write("src/a.py", "2");
  await eventually(async () => {
    const now = await statusOf(world, "web");
    return now.pid !== null && now.pid !== pid;
  }, LONG);
  const { result } = await ask(world, "events");
  expect(result.events.filter((one: any) => one.cause === "watch")).toHaveLength(1);
});

test("a git checkout of 5,000 files is one restart", async () => {
  await using world = createWorld();
  const git = async (...args: string[]) => {
    const { exitCode, stderr } = await world.runProgram(["git", ...args], { timeout: 300_000 });
    expect(exitCode, stderr).toBe(0);
  };
  await git("init", "-q", "-b", "main");
  await git("config", "user.email", "a@example.com");
  await git("config", "user.name", "A");
  // The files may take long to come, but none of the pauses may be as long as this.
  world.writeConfig(config({ watch: ["src"], debounce: "8s" }));
  const all = (content: string) => {
    for (let index = 0; index < 5000; index++)
      world.write(`src/d${index % 100}/f${index}.py`, content);
  };
  all("1");
  await git("add", "-A");
  await git("commit", "-qm", "one");
  await git("checkout", "-qb", "other");
  all("2");
  await git("rm", "-rq", "--cached", "src/d0");
  rmSync(join(world.project, "src/d0"), { recursive: true });
  world.write("src/new/deep/a.py", "2");
  await git("add", "-A");
  await git("commit", "-qm", "two");
  const watched = await monitor(world);
  await git("checkout", "-q", "main");
  await eventually(() => watched.causes().length > 0, LONG);
  // Directories that were made are watched.
  world.write("src/d0/f0.py", "3");
  await eventually(() => watched.causes().length > 1, LONG);
  expect(watched.causes().slice(1)).toEqual(["src/d0/f0.py"]);
}, 400_000);

test("what editors write beside a file, ignored files and new modes are no change", async () => {
  await using world = createWorld();
  await world.runProgram(["git", "init", "-q"]);
  world.write(".gitignore", "gen/\n");
  for (const path of ["src/a.py", "src/b.py", "src/gen/c.py", "src/node_modules/d.py"])
    world.write(path, "1");
  await world.runProgram(["touch", "-d", "2020-01-01", "src/b.py"]);
  world.writeConfig(config({ watch: ["src"], debounce: QUIET }));
  const watched = await monitor(world);
  const at = (path: string) => join(world.project, path);
  // vim tests whether it may write here, and emacs locks the file.
  for (const path of ["src/4913", "src/.a.py.swp", "src/.#a.py", "src/a.py~"]) {
    world.write(path, "");
    rmSync(at(path));
  }
  await world.runProgram(["chmod", "600", "src/b.py"]);
  for (const path of ["src/gen/c.py", "src/gen/new.py", "src/node_modules/d.py"])
    world.write(path, "2");
  writeFileSync(at("src/.a.py.tmp"), "2");
  renameSync(at("src/.a.py.tmp"), at("src/a.py"));
  await watched.caused("src/a.py");
  world.write("src/b.py", "2");
  await watched.caused("src/b.py");
  expect(watched.causes()).toEqual(["src/a.py", "src/b.py"]);
});

test("a directory that is deleted and made again is watched again, and so is the cwd itself", async () => {
  await using world = createWorld();
  world.write("app/src/a.py", "1");
  world.writeConfig(config({ more: 'cwd = "app"' }));
  const watched = await monitor(world);
  const at = (path: string) => join(world.project, path);
  rmSync(at("app/src"), { recursive: true });
  mkdirSync(at("app/src/new"), { recursive: true });
  world.write("app/src/new/b.py", "1");
  await eventually(() => watched.causes().length > 0, LONG);
  await watched.save("src/new/c.py", "app");
  renameSync(at("app"), at("old"));
  await watched.save("src/d.py", "app");
});

describe("a task that has ended is launched by a save", () => {
  test.each([
    ["failed", "exit 1", 'restart_policy = "no"'],
    ["exited", "exit 0", ""],
    ["backoff", "exit 1", "restart_backoff = 60"],
    ["failed", "exit 1", "max_restarts = 1\nrestart_backoff = 0"],
  ])("%s, after %s with %s", async (state, end, more) => {
    await using world = createWorld();
    world.write("src/run.py", end);
    world.writeConfig(config({ command: "sh src/run.py", more }));
    const watched = await monitor(world);
    await stateIs(world, state);
    world.write("src/run.py", "exec sleep 1000");
    await watched.caused("src/run.py");
    await stateIs(world, "running");
    expect(await statusOf(world, "web")).toMatchObject({ restarts: 0 });
  });

  test("and a job runs again", async () => {
    await using world = createWorld();
    world.write("src/a.py", "1");
    world.writeConfig(config({ command: "cat src/a.py > out", more: "oneshot = true" }));
    const watched = await monitor(world);
    await stateIs(world, "exited");
    world.write("src/a.py", "2");
    await watched.caused("src/a.py");
    await eventually(() => readFileSync(join(world.project, "out"), "utf8") === "2", LONG);
  });
});

test("a reload changes the globs and times, without a restart", async () => {
  await using world = createWorld();
  world.write("src/a.py", "1");
  world.writeConfig(config({ debounce: "10m" }));
  const watched = await monitor(world);
  const { pid } = await statusOf(world, "web");
  world.write("src/a.py", "2");
  world.writeConfig(config({ watch: ["lib"] }));
  let content = 1;
  // Until the new config has effect, nobody watches this.
  const save = () => {
    if (watched.causes().length === 0) world.write("lib/a", `${++content}`);
    return watched.causes().length > 0;
  };
  await eventually(save, { ...LONG, interval: 1500 });
  expect(new Set(watched.causes())).toEqual(new Set(["lib/a"]));
  expect(watched.events().filter(({ event }) => event === "task_exited")).toEqual([]);
  expect((await statusOf(world, "web")).pid).not.toBe(pid);
  await ask(world, "stop web");
  expect((await statusOf(world, "web")).watch).toEqual({ state: "off", reason: null, until: null });
});

test("a stop wins over a save before it", async () => {
  await using world = createWorld();
  world.write("src/a.py", "1");
  world.writeConfig(config({ debounce: "10m" }));
  const watched = await monitor(world);
  world.write("src/a.py", "2");
  await ask(world, "stop web");
  world.writeConfig(config({ debounce: "50ms" }));
  await ask(world, "start web");
  await watchIs(world, "on");
  world.write("src/b.py", "1");
  await watched.caused("src/b.py");
  expect(new Set(watched.causes())).toEqual(new Set(["src/b.py"]));
});

test("with a signal as its action, the process gets it and lives on; one that has ended is launched", async () => {
  await using world = createWorld();
  world.write("src/a.py", "1");
  const command = "trap 'echo got it >> got' HUP; touch up; while :; do sleep 0.05; done";
  world.writeConfig(config({ command, more: 'watch_action = "signal:SIGHUP"' }));
  const watched = await monitor(world);
  await eventually(() => Bun.file(join(world.project, "up")).exists(), LONG);
  const { pid } = await statusOf(world, "web");
  world.write("src/a.py", "2");
  await eventually(() => Bun.file(join(world.project, "got")).exists(), LONG);
  expect((await statusOf(world, "web")).pid).toBe(pid);
  await eventually(() => watched.events().some(({ event }) => event === "task_signaled"), LONG);
  expect(watched.events().find(({ event }) => event === "task_signaled")).toMatchObject({
    task: "web",
    signal: "SIGHUP",
    path: "src/a.py",
    by: "monitor",
  });
});

test("a restart reads the env_file again, in the environment of the launch before", async () => {
  await using world = createWorld();
  world.write(".env", "COLOUR=red\n");
  const command = "echo $COLOUR $SHELL_OF > out; exec sleep 1000";
  world.writeConfig(config({ command, watch: [".env"], more: 'env_file = ".env"' }));
  world.spawn(["daemon", "--port", "0"]);
  await world.run(["start"], { env: { SHELL_OF: "caller" } });
  await watchIs(world, "on");
  const out = () => readFileSync(join(world.project, "out"), "utf8").trim();
  await eventually(() => out() === "red caller", LONG);
  world.write(".env", "COLOUR=blue\n");
  await eventually(() => out() === "blue caller", LONG);
  expect((await statusOf(world, "web")).stale).toEqual([]);
});

describe("a task that writes what it watches", () => {
  /** The start writes only from the second launch on, so that a save begins it. */
  const writing = async (world: World, line: string, debounce: string) => {
    world.write("src/a.py", "1");
    world.write("run.sh", "echo ready; exec sleep 1000");
    const more = 'ready_log = "ready"';
    world.writeConfig(config({ command: "sh run.sh", watch: ["src"], debounce, more }));
    const watched = await monitor(world);
    world.write("run.sh", `${line}; sleep 0.3; echo ready; exec sleep 1000`);
    world.write("src/a.py", "2");
    return watched;
  };

  test("is restarted once more for it, but not if it writes the same", async () => {
    await using world = createWorld();
    const watched = await writing(world, "echo same > src/gen.py", QUIET);
    await watched.caused("src/gen.py");
    world.write("src/b.py", "2");
    await watched.caused("src/b.py");
    world.write("src/c.py", "2");
    await watched.caused("src/c.py");
    expect(watched.causes()).toEqual(["src/a.py", "src/gen.py", "src/b.py", "src/c.py"]);
  });

  test("is not restarted for ever: the watch pauses, which status shows, until a person restarts it", async () => {
    await using world = createWorld();
    const watched = await writing(world, "date +%s%N > src/gen.py", "50ms");
    await watchIs(world, "paused");
    expect(watched.causes().length).toBeGreaterThanOrEqual(5);
    const paused = watched.events().find(({ event }) => event === "watch_paused");
    expect(paused).toMatchObject({ task: "web", path: "src/gen.py" });
    const { watch } = await statusOf(world, "web");
    expect(watch).toMatchObject({ state: "paused", until: paused.until });
    expect(watch?.reason).toContain("src/gen.py");
    const { stdout } = await world.run(["status"]);
    expect(stdout).toContain("watch of web is paused until");
    world.write("run.sh", "echo ready; exec sleep 1000");
    await ask(world, "restart web");
    await watchIs(world, "on");
    await watched.save("src/a.py");
  }, 300_000);
});

test("without a monitor, status says that nothing is watched", async () => {
  await using world = createWorld();
  world.writeConfig(config());
  await ask(world, "start");
  expect((await statusOf(world, "web")).watch?.state).toBe("off");
  const { stdout } = await world.run(["status"]);
  expect(stdout).toContain("watch of web: only while a monitor runs: taskmux daemon --detach");
});

const IN_NAMESPACE = ["unshare", "--user", "--map-root-user"];
const WRITABLE = [...IN_NAMESPACE, "sh", "-c", "[ -w /proc/sys/user/max_inotify_watches ]"];
const hasNamespaces = Bun.which("unshare") !== null && Bun.spawnSync(WRITABLE).success;

test.skipIf(!hasNamespaces)("too many files for inotify: E107, and the task runs on", async () => {
  await using world = createWorld();
  for (let index = 0; index < 100; index++) world.write(`src/d${index}/a.py`, "1");
  world.writeConfig(config());
  const set = 'echo 40 > /proc/sys/user/max_inotify_watches && exec "$0" "$@"';
  const monitored = [builtBinary(), "start", "-m", "--json"];
  const running = world.spawnProgram([...IN_NAMESPACE, "sh", "-c", set, ...monitored]);
  await watchIs(world, "failed");
  const status = await statusOf(world, "web");
  expect(status).toMatchObject({ state: "running", watch: { state: "failed", until: null } });
  expect(status.watch?.reason).toMatch(/^E107: Too many files to watch.*max_user_watches/);
  const events = running.lines().map((line) => JSON.parse(line));
  expect(events.find(({ event }) => event === "watch_failed")).toMatchObject({ task: "web" });
  const { stdout } = await world.run(["status"]);
  expect(stdout).toContain("watch of web: E107");
});
