import { expect, test } from "bun:test";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  closeSync,
  constants,
  existsSync,
  copyFileSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { makeFifo } from "../../src/adapters/system/libc.ts";
import { ApiConnection, startDaemon } from "../helpers/api.ts";
import { builtBinary } from "../helpers/binary.ts";
import type { Output } from "../helpers/command.ts";
import { eventually } from "../helpers/eventually.ts";
import { hasMounts } from "../helpers/mounts.ts";
import { isAlive } from "../helpers/processes.ts";
import { ask } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

// What the environment withholds: each has a code, a sentence and a next step, and what can be done all the same is done.

const isLinux = process.platform === "linux";
/** Acting as another user needs root. */
const asRoot = test.skipIf(!isLinux || process.geteuid?.() !== 0);

const CONFIG = `name = "demo"
[tasks.db]
command = "exec sleep 1000"
health_check = "echo alive"
[tasks.web]
command = "exec sleep 1000"
depends_on = ["db"]
`;

const pidsOf = async (world: World): Promise<number[]> => {
  const { result } = await ask(world, "status");
  return (result.tasks as { pid: number | null }[]).flatMap(({ pid }) => pid ?? []);
};

const failureOf = (output: Output) => {
  const { error, error_code, hint } = output.json();
  return { error, error_code, hint };
};

/** A world whose `~/.taskmux` is a file system of its own, seen by all that runs in the mount namespace of `run`. */
async function withMounts(world: World) {
  const home = join(world.home, ".taskmux");
  mkdirSync(home, { mode: 0o700 });
  const holder = world.spawnProgram([
    "unshare",
    "-m",
    "sh",
    "-c",
    'mount -t tmpfs -o size=1m,mode=700 tmpfs "$1" && echo mounted && exec sleep 1000',
    "sh",
    home,
  ]);
  await eventually(() => holder.lines().includes("mounted"));
  const inside = ["nsenter", `--mount=/proc/${holder.pid}/ns/mnt`, `--wd=${world.project}`];
  const run = (...argv: string[]) => world.runProgram([...inside, ...argv]);
  return { home, run, taskmux: (...words: string[]) => run(builtBinary(), ...words) };
}

test.skipIf(!hasMounts)(
  "on a full disk everything can be ended, and looked at; what isn't on record is said",
  async () => {
    await using world = createWorld();
    world.writeConfig(CONFIG);
    const { home, run, taskmux } = await withMounts(world);
    expect((await taskmux("start", "--json")).json()).toMatchObject({ ok: true });
    // The hub writes the first lines when it gets to them.
    for (const task of ["db", "web"])
      await eventually(async () => (await taskmux("logs", task, "--json")).json().lines.length > 0);
    // As an earlier version left it: no record has a spare. The events end where a page does.
    const fill = `rm -f "$1"/run/demo/tasks/*/*.spare
    size=$(wc -c <"$1/events.jsonl")
    head -c $((4096 - size % 4096)) /dev/zero | tr '\\0' '\\n' >>"$1/events.jsonl"
    cat /dev/zero >"$1/filler" 2>/dev/null
    test $(df --output=avail "$1" | tail -n 1) = 0`;
    expect(await run("sh", "-c", fill, "sh", home)).toMatchObject({ exitCode: 0 });

    const before = (await taskmux("status", "--json")).json();
    expect(before.tasks).toMatchObject([
      { name: "db", healthy: true, last_health: { ok: true } },
      { name: "web", healthy: true },
    ]);
    for (const look of ["health", "why web", "logs -n 5", "events"]) {
      const { exitCode, stderr } = await taskmux(...look.split(" "), "--json");
      expect({ look, exitCode, stderr }).toEqual({ look, exitCode: 0, stderr: "" });
    }
    expect((await taskmux("restart", "--json")).json()).toMatchObject({
      ok: false,
      error_code: "E106",
      error: expect.stringContaining("no space left on the device"),
    });
    expect((await taskmux("status", "--json")).json().tasks).toMatchObject(
      before.tasks.map(({ pid }: { pid: number }) => ({ pid, state: "running" })),
    );
    const killed = await taskmux("kill", "web", "--json");
    expect(killed.json()).toMatchObject({
      ok: true,
      action: "killed",
      warnings: [
        `Not recorded: that web was stopped on purpose; 1 event. Can't write ${home}/run/demo/tasks/web/state.json: no space left on the device`,
      ],
    });
    const stopped = await taskmux("stop", "--json");
    expect(stopped.exitCode).toBe(0);
    expect(stopped.json()).toMatchObject({
      ok: true,
      tasks: ["db"],
      warnings: [expect.stringContaining("that web, db were stopped on purpose; 2 events. ")],
    });
    for (const { pid } of before.tasks) expect(isAlive(pid)).toBe(false);
    // What was removed has made room.
    await run("sh", "-c", 'cat /dev/zero >>"$1/filler" 2>/dev/null', "sh", home);
    const refused = await taskmux("start", "db", "--json");
    expect(refused.exitCode).toBe(1);
    expect(refused.json()).toMatchObject({
      ok: false,
      error_code: "E106",
      error: expect.stringContaining("no space left on the device"),
      hint: expect.stringContaining("df -h"),
    });

    await run("rm", join(home, "filler"));
    expect((await taskmux("start", "--json")).json()).toMatchObject({ tasks: ["db", "web"] });
    await taskmux("stop");
  },
);

test.skipIf(!hasMounts)(
  "in a sandbox that may only read ~/.taskmux, looks work, and stop and kill end their tasks",
  async () => {
    await using world = createWorld();
    world.writeConfig(CONFIG);
    await ask(world, "start");
    const pids = await pidsOf(world);
    const home = join(world.home, ".taskmux");
    const sandbox =
      'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" || exit 90; shift; exec "$@"';
    const taskmux = (...words: string[]) =>
      world.runProgram(["unshare", "-m", "sh", "-c", sandbox, "sh", home, builtBinary(), ...words]);

    for (const look of [
      "status",
      "health",
      "why web",
      "inspect web",
      "logs -n 5",
      "events",
      "wait web db",
      "check",
    ]) {
      const { exitCode, stderr } = await taskmux(...look.split(" "), "--json");
      expect({ look, exitCode, stderr }).toEqual({ look, exitCode: 0, stderr: "" });
    }
    // Nor is there anywhere else to write what a check prints.
    const checked = await world.runProgram(
      ["unshare", "-m", "sh", "-c", sandbox, "sh", home, builtBinary(), "health"],
      { env: { TMPDIR: "/proc/none" } },
    );
    expect(checked).toMatchObject({ exitCode: 0, stderr: "" });
    const since = await taskmux("logs", "--since-last", "--json");
    expect(since.exitCode).toBe(0);
    expect(since.stderr).toContain("Your next call will show the same lines again. Can't write ");
    const readOnly = expect.stringContaining("the file system is read-only");
    for (const line of ["restart", "restart web"]) {
      expect((await taskmux(...line.split(" "), "--json")).json()).toMatchObject({
        ok: false,
        error_code: "E106",
        error: readOnly,
        warnings: expect.arrayContaining(["Task 'web' was not stopped and is still running"]),
      });
    }
    expect(await pidsOf(world)).toEqual(pids);
    expect((await taskmux("kill", "web", "--json")).json()).toMatchObject({
      action: "killed",
      warnings: [readOnly],
    });
    expect((await taskmux("start", "web", "--json")).json()).toMatchObject({
      ok: false,
      error_code: "E106",
      error: readOnly,
      hint: "Set HOME to a writable directory.",
    });
    expect((await taskmux("stop", "--json")).json()).toMatchObject({
      ok: true,
      warnings: [readOnly],
    });
    for (const pid of pids) expect(isAlive(pid)).toBe(false);
  },
);

const STRANGER = 12_345;

/** A world that belongs to a user without a name, who runs a copy of the binary in it. */
function ofStranger(world: World) {
  world.writeConfig(CONFIG);
  const binary = join(world.root, "taskmux");
  copyFileSync(builtBinary(), binary);
  chmodSync(binary, 0o755);
  chmodSync(world.root, 0o755);
  for (const path of [world.home, world.project, world.env["TMUX_TMPDIR"]!]) {
    chownSync(path, STRANGER, STRANGER);
  }
  const ids = ["--reuid", "--regid"].flatMap((flag) => [flag, String(STRANGER)]);
  return (words: string[], env: Record<string, string | undefined> = {}) =>
    world.runProgram(["setpriv", ...ids, "--clear-groups", binary, ...words, "--json"], { env });
}

asRoot("a home that can't be used is an error that says which, why, and what to do", async () => {
  await using world = createWorld();
  const run = ofStranger(world);
  const home = join(world.home, ".taskmux");
  const setHome = "Set HOME to a writable directory.";

  expect(failureOf(await run(["start"], { HOME: "/nonexistent" }))).toEqual({
    error_code: "E106",
    error: "Can't make the directory /nonexistent/.taskmux/run/demo: permission denied",
    hint: setHome,
  });
  expect((await run(["status"], { HOME: "/nonexistent" })).exitCode).toBe(0);
  for (const command of ["status", "start", "logs", "events"]) {
    expect(failureOf(await run([command], { HOME: undefined }))).toEqual({
      error_code: "E106",
      error: `There is no home directory: HOME is not set, and user ${STRANGER} has no entry in the password database`,
      hint: setHome,
    });
  }
  expect((await run(["check"], { HOME: undefined })).exitCode).toBe(0);

  // As sudo with the user's HOME leaves it.
  mkdirSync(home, { mode: 0o700 });
  expect(failureOf(await run(["status"]))).toEqual({
    error_code: "E106",
    error: `Can't use ${home}: permission denied`,
    hint: 'If sudo made it, give it back: sudo chown -R "$(id -un)" ~/.taskmux',
  });
  expect((await run(["check"])).exitCode).toBe(0);
  rmSync(home, { recursive: true });
  chmodSync(world.home, 0o555);
  expect(failureOf(await run(["start"]))).toMatchObject({
    error_code: "E106",
    error: `Can't make the directory ${home}/run/demo: permission denied`,
  });
});

asRoot(
  "a record that can't be read is none that isn't there: nothing is launched twice",
  async () => {
    await using world = createWorld();
    const run = ofStranger(world);
    expect((await run(["start"])).exitCode).toBe(0);
    const record = join(world.home, ".taskmux/run/demo/tasks/db/state.json");
    chownSync(record, 0, 0);
    for (const command of ["status", "start", "health"]) {
      expect(failureOf(await run([command]))).toMatchObject({
        error_code: "E106",
        error: expect.stringContaining(`Can't open ${record}: permission denied`),
      });
    }
    chownSync(record, STRANGER, STRANGER);
    expect((await run(["stop"])).json()).toMatchObject({ tasks: ["db", "web"] });
  },
);

asRoot("a config that may not be written is E106 for add and init", async () => {
  await using world = createWorld();
  const run = ofStranger(world);
  const path = join(world.project, "taskmux.toml");
  chmodSync(path, 0o444);
  chownSync(world.project, 0, 0);
  chmodSync(world.project, 0o755);
  expect(failureOf(await run(["add", "x", "true"]))).toEqual({
    error_code: "E106",
    error: `Can't write ${path}: permission denied`,
    hint: `Check its owner and mode: ls -ld ${path}`,
  });
  rmSync(path);
  expect(failureOf(await run(["init", "--defaults"]))).toMatchObject({
    error_code: "E106",
    error: `Can't write ${path}: permission denied`,
  });
});

/** Runs taskmux in a directory that is removed by then. */
const runInRemoved = (world: World, ...words: string[]) =>
  world.runProgram([
    "sh",
    "-c",
    'mkdir gone && cd gone && rmdir ../gone && exec "$@"',
    "sh",
    builtBinary(),
    ...words,
    "--json",
  ]);

test("a HOME that is no absolute path is none", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  const output = await world.run(["start", "--json"], { env: { HOME: "home" } });
  expect(failureOf(output)).toEqual({
    error_code: "E106",
    error: "HOME is not an absolute path: home",
    hint: "Set it to an absolute path.",
  });
});

test("a monitor that can't read a record says so, lives, and restarts the task when it can again", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  const monitor = world.spawn(["start", "-m", "--json"]);
  await eventually(async () => (await pidsOf(world)).length === 2);
  const record = join(world.home, ".taskmux/run/demo/tasks/web/state.json");
  const [, web] = await pidsOf(world);
  renameSync(record, `${record}.kept`);
  mkdirSync(record);
  process.kill(web!, "SIGKILL");
  await eventually(() =>
    monitor.stderr().includes(`Can't open ${record}: it is not a regular file`),
  );
  rmdirSync(record);
  renameSync(`${record}.kept`, record);
  await eventually(async () => {
    const pids = await pidsOf(world);
    return pids.length === 2 && !pids.includes(web!);
  });
  expect(isAlive(monitor.pid)).toBe(true);
});

test("a removed current directory is an error, and none where the config's path is absolute", async () => {
  await using world = createWorld();
  const path = world.writeConfig(CONFIG);
  for (const words of [["status"], ["init"], ["-c", "taskmux.toml", "check"], ["logs"]]) {
    expect(failureOf(await runInRemoved(world, ...words))).toEqual({
      error_code: "E106",
      error: "The current directory was removed",
      hint: "Change to another one, or name the config by its absolute path: -c PATH",
    });
  }
  expect((await runInRemoved(world, "-c", path, "start")).json()).toMatchObject({ ok: true });
  expect((await runInRemoved(world, "-c", path, "status")).json()).toMatchObject({ running: true });
  expect((await runInRemoved(world, "-c", path, "inject")).exitCode).toBe(0);
  expect((await runInRemoved(world, "-c", path, "stop")).json()).toMatchObject({ ok: true });
});

test.skipIf(!isLinux)("a directory whose name is no UTF-8 is said to be the cause", async () => {
  await using world = createWorld();
  const script = `d=$(printf 'caf\\351') && mkdir "$d" && cd "$d" && printf '%s' "$2" >taskmux.toml
    exec "$1" status --json`;
  const output = await world.runProgram(["sh", "-c", script, "sh", builtBinary(), CONFIG]);
  expect(failureOf(output)).toEqual({
    error_code: "E106",
    error: `This path can't be used, because it is not UTF-8: ${world.project}/caf\uFFFD`,
    hint: "Rename that directory or file.",
  });
});

test("a cwd in which nothing can run is E213 of its task; the others start", async () => {
  await using world = createWorld();
  symlinkSync("loop", join(world.project, "loop"));
  const task = (name: string, cwd: string) =>
    `[tasks.${name}]\ncommand = "exec sleep 1000"\ncwd = "${cwd}"\n`;
  world.writeConfig(
    `name = "demo"\n${task("fine", ".")}${task("gone", "gone")}${task("loop", "loop")}${task("below", "taskmux.toml/x")}${task("file", "taskmux.toml")}`,
  );
  const { exitCode, json } = await world.run(["start", "--json"]);
  expect(exitCode).toBe(1);
  const why = (name: string, cwd: string, reason: string) => ({
    task: name,
    error: `The cwd of task '${name}' can't be used: ${join(world.project, cwd)}: ${reason}`,
    error_code: "E213",
  });
  expect(json()).toMatchObject({
    tasks: ["fine"],
    failed: [
      why("gone", "gone", "it doesn't exist"),
      why("loop", "loop", "it is a loop of symbolic links"),
      why("below", "taskmux.toml/x", "a parent of it is not a directory"),
      why("file", "taskmux.toml", "it is not a directory"),
    ],
  });
});

asRoot("a closed cwd is E213 too", async () => {
  await using world = createWorld();
  const run = ofStranger(world);
  mkdirSync(join(world.project, "closed"));
  chmodSync(join(world.project, "closed"), 0o600);
  world.writeConfig('name = "demo"\n[tasks.web]\ncommand = "exec sleep 1000"\ncwd = "closed"\n');
  expect(failureOf(await run(["start", "web"]))).toMatchObject({
    error_code: "E213",
    error: `The cwd of task 'web' can't be used: ${world.project}/closed: permission denied`,
  });
});

test.skipIf(!isLinux)(
  "output that can't be written is status 1 and a sentence on stderr; what was asked for is done",
  async () => {
    await using world = createWorld();
    world.writeConfig(CONFIG);
    const run = (redirections: string, ...words: string[]) =>
      world.runProgram(["sh", "-c", `exec "$@" ${redirections}`, "sh", builtBinary(), ...words]);
    for (const words of [
      ["start"],
      ["status", "--json"],
      ["logs"],
      ["events"],
      ["check"],
      ["--help"],
    ]) {
      expect({ words, ...(await run(">/dev/full", ...words)) }).toMatchObject({
        words,
        exitCode: 1,
        stderr: expect.stringContaining("The output can't be written: no space left on the device"),
      });
    }
    expect(await pidsOf(world)).toHaveLength(2);
    const stopped = await run("2>/dev/full", "stop", "--json");
    expect(stopped).toMatchObject({ exitCode: 0 });
    // Nobody hears its progress: that is no reason to leave half of it undone.
    await run("2>/dev/full >/dev/full", "start");
    expect(await pidsOf(world)).toHaveLength(2);
  },
);

test("too few descriptors are said to be too few", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  const output = await world.runProgram([
    "sh",
    "-c",
    'ulimit -n 8 && exec "$@"',
    "sh",
    builtBinary(),
    "status",
    "--json",
  ]);
  expect(output.exitCode).toBe(1);
  expect(failureOf(output)).toEqual({
    error_code: "E106",
    error: expect.stringContaining("this process has too many files open"),
    hint: "Raise the limit of open files: ulimit -n 4096",
  });
});

test("an event that can't be recorded is a warning, and events that can't be read are E106", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  const events = join(world.home, ".taskmux/events.jsonl");
  mkdirSync(events, { recursive: true });
  const warning = `Not recorded: 3 events. Can't record events in ${events}: it is a directory`;
  expect((await ask(world, "start")).result).toMatchObject({ ok: true, warnings: [warning] });
  const stopped = await world.run(["stop"]);
  expect(stopped.exitCode).toBe(0);
  expect(stopped.stderr).toContain("warning: Not recorded: 3 events. ");
  expect(failureOf(await world.run(["events", "--json"]))).toMatchObject({
    error_code: "E106",
    error: `Can't open ${events}: it is not a regular file`,
  });
  rmSync(events, { recursive: true });
  makeFifo(events);
  expect(failureOf(await world.run(["events", "--json"]))).toMatchObject({ error_code: "E106" });
  expect((await ask(world, "start")).result.warnings).toHaveLength(1);
});

test("a daemon says in its notices and its replies what it could not put on record", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  mkdirSync(join(world.home, ".taskmux/events.jsonl"), { recursive: true });
  const daemon = await startDaemon(world);
  await using connection = await ApiConnection.open(daemon.port);
  const warnings = [expect.stringMatching(/^Not recorded: \d+ events?\. Can't record events in /)];
  expect(await connection.ask("start", { task: "db" })).toMatchObject({ success: true, warnings });
  expect(await connection.ask("stop", {})).toMatchObject({ success: true, warnings });
  const notice = "Not everything can be recorded: Can't record events in ";
  await eventually(() => daemon.running.stderr().includes(notice));
});

test("a FIFO or another thing in the place of a file is never waited for", async () => {
  await using world = createWorld();
  const path = world.writeConfig(
    `${CONFIG}[tasks.job]\ncommand = "exec sleep 1000"\nenv_file = ".env"\n`,
  );
  const env = join(world.project, ".env");
  makeFifo(env);
  const started = (await world.run(["start", "--json"])).json();
  expect(started).toMatchObject({ tasks: ["db", "web"] });
  expect(started.failed).toEqual([
    { task: "job", error: `Can't read the env_file ${env}: it is a FIFO`, error_code: "E104" },
  ]);
  rmSync(env);
  writeFileSync(env, "");
  truncateSync(env, 2 * 1024 * 1024);
  expect((await world.run(["start", "job", "--json"])).json()).toMatchObject({
    error: `Can't read the env_file ${env}: it is larger than 1 MiB`,
  });

  const state = join(world.home, ".taskmux/run/demo/tasks/db/state.json");
  const text = readFileSync(state, "utf8");
  rmSync(state);
  makeFifo(state);
  expect(failureOf(await world.run(["status", "--json"]))).toEqual({
    error_code: "E106",
    error: `Can't open ${state}: it is not a regular file`,
    hint: "Inspect it, then remove it.",
  });
  rmSync(state);
  writeFileSync(state, text, { mode: 0o600 });

  rmSync(path);
  makeFifo(path);
  expect(failureOf(await world.run(["check", "--json"]))).toMatchObject({
    error_code: "E100",
    error: `Can't read ${path}: it is a FIFO`,
  });
  rmSync(path);
  symlinkSync("/dev/zero", path);
  expect(failureOf(await world.run(["check", "--json"]))).toMatchObject({
    error: `Can't read ${path}: it is a device`,
  });
  rmSync(path);
  world.writeConfig(CONFIG);
  for (const name of ["package.json", "Procfile", "compose.yaml", "CLAUDE.md"]) {
    makeFifo(join(world.project, name));
  }
  rmSync(path);
  expect((await world.run(["init", "--defaults", "--json"])).json()).toMatchObject({
    action: "created",
  });
});

test.each(["SIGINT", "SIGTERM"] as const)(
  "%s ends a command whose reader has stopped reading",
  async (signal) => {
    await using world = createWorld();
    world.writeConfig(CONFIG);
    await ask(world, "start");
    const log = join(world.home, ".taskmux/logs/demo/web.log");
    // The hub makes it when it gets to it.
    await eventually(() => existsSync(log));
    appendFileSync(log, `2026-01-01T00:00:00.000 ${"x".repeat(200)}\n`.repeat(5000));
    const fifo = join(world.project, "fifo");
    makeFifo(fifo);
    // Open for reading, and never read: it holds 64 KiB, and there is a megabyte.
    const reader = openSync(fifo, constants.O_RDWR);
    for (const words of [["-f"], []]) {
      const logs = [builtBinary(), "logs", "web", "-n", "5000", ...words];
      const running = world.spawnProgram(["sh", "-c", 'exec "$@" >fifo', "sh", ...logs]);
      await eventually(() => isWriting(running.pid));
      running.signal(signal);
      expect((await running.ended()).exitCode).toBeGreaterThan(128);
    }
    closeSync(reader);
  },
);

const readText = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
};

/** Whether a process waits for the reader of a pipe: in a write, or in poll(2) for one. */
const isWriting = (pid: number): boolean =>
  !isLinux || /pipe_write|poll_schedule_timeout/.test(readText(`/proc/${pid}/wchan`));
