import { describe, expect, test } from "bun:test";
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { hubRecordText, hubStateOf, parseHubRecord } from "../../../src/adapters/logs/hub-files.ts";
import { mayWrite } from "../../../src/adapters/logs/expected-pipes.ts";
import { UnwrittenCounts } from "../../../src/adapters/logs/unwritten.ts";
import { makeFifo, tryFlock } from "../../../src/adapters/system/libc.ts";
import { directoryWith, removeInUse } from "../../helpers/directory.ts";
import { eventually } from "../../helpers/eventually.ts";
import { createLogTask, hubFromSource, type LogTask, startHub } from "../../helpers/log-task.ts";

/** More tasks of the session, each with its pipe open; returns the descriptors, by name. */
function addTasks(task: LogTask, count: number): Map<string, number> {
  const pipes = new Map<string, number>();
  const settings = JSON.parse(readFileSync(join(task.directory, "writer.json"), "utf8"));
  for (let index = 0; index < count; index++) {
    const directory = join(task.session, `tasks/t${index}`);
    mkdirSync(directory);
    const log_file = join(task.home, `logs/demo/t${index}.log`);
    writeFileSync(join(directory, "writer.json"), JSON.stringify({ ...settings, log_file }));
    writeFileSync(join(directory, "pipe"), "1 0\n");
    makeFifo(join(directory, "output"));
    pipes.set(`t${index}`, openSync(join(directory, "output"), constants.O_RDWR));
  }
  utimesSync(join(task.directory, "output"), 0, 0);
  return pipes;
}

const logOf = (task: LogTask, name: string) => join(task.home, `logs/demo/${name}.log`);

const hasLine = (task: LogTask, name: string, line: string) =>
  existsSync(logOf(task, name)) && readFileSync(logOf(task, name), "utf8").includes(` ${line}\n`);

/** Whether a hub has announced a write: the bytes at 4 and the kind at 8. */
const isWriting = (task: LogTask): boolean => {
  const path = join(task.session, "hub/unwritten");
  const head = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
  return head.length >= 12 && head.readUInt32LE(4) > 0 && head.readUInt32LE(8) === 1;
};

/** Ends all pipes at once; a reading end keeps what is in them. */
async function end(task: LogTask, pipes: Map<string, number>, hub: Bun.Subprocess): Promise<void> {
  const kept = [...pipes.keys()].map((name) =>
    openSync(join(task.session, "tasks", name, "output"), constants.O_RDONLY),
  );
  for (const pipe of pipes.values()) closeSync(pipe);
  expect(await hub.exited).toBe(0);
  for (const pipe of kept) closeSync(pipe);
}

describe("a log hub", () => {
  test("writes the logs of 200 tasks, and an unfinished line at the end", async () => {
    using task = createLogTask();
    const pipes = addTasks(task, 200);
    const hub = startHub(task);
    for (const [name, pipe] of pipes) writeSync(pipe, `hello of ${name}\r\nprompt`);
    await eventually(() =>
      [...pipes.keys()].every((name) => hasLine(task, name, `hello of ${name}`)),
    );
    await end(task, pipes, hub);
    expect([...pipes.keys()].filter((name) => !hasLine(task, name, "prompt"))).toEqual([]);
  });

  test("takes turns: a flood of one task holds back nobody", async () => {
    using task = createLogTask();
    const pipes = addTasks(task, 2);
    const hub = startHub(task);
    const flood = Bun.spawn(["yes", "a line of a flood that does not end by itself"], {
      stdout: pipes.get("t0")!,
    });
    await eventually(() => existsSync(logOf(task, "t0")));
    for (let number = 0; number < 10; number++) {
      writeSync(pipes.get("t1")!, `line ${number}\r\n`);
      await eventually(() => hasLine(task, "t1", `line ${number}`));
    }
    flood.kill("SIGKILL");
    await flood.exited;
    await end(task, pipes, hub);
  });

  test("reads more FIFOs than its descriptors would hold with their logs", async () => {
    using task = createLogTask();
    const pipes = addTasks(task, 60);
    // As few as 60 FIFOs and Bun itself need.
    const hub = startHub(task, ["sh", "-c", 'ulimit -n 96; exec "$@"', "sh", ...hubFromSource]);
    for (const pipe of pipes.values()) writeSync(pipe, "one\r\n");
    await eventually(() => [...pipes.keys()].every((name) => hasLine(task, name, "one")));
    await end(task, pipes, hub);
  });

  test("finds a pipe that opens after its start", async () => {
    using task = createLogTask();
    const first = addTasks(task, 1);
    const hub = startHub(task);
    await eventually(() => task.record("log-hub")?.startsWith("hub "));
    const directory = join(task.session, "tasks/late");
    mkdirSync(directory);
    const settings = JSON.parse(readFileSync(join(task.directory, "writer.json"), "utf8"));
    const log_file = logOf(task, "late");
    writeFileSync(join(directory, "writer.json"), JSON.stringify({ ...settings, log_file }));
    makeFifo(join(directory, "output"));
    writeFileSync(join(directory, "pipe"), "1 0\n");
    const late = openSync(join(directory, "output"), constants.O_RDWR);
    writeSync(late, "late\r\n");
    const messages = openSync(join(task.session, "log-hub-messages"), constants.O_RDWR);
    writeSync(messages, "../late\nlate\n");
    closeSync(messages);
    await eventually(() => hasLine(task, "late", "late"));
    await end(task, new Map([...first, ["late", late]]), hub);
  });

  test("marks a break once, also if the window is opened again", async () => {
    using task = createLogTask();
    const pipes = addTasks(task, 2);
    new UnwrittenCounts(task.session).announce("t0", 9, "kept");
    const hub = startHub(task);
    const isMarked = () => existsSync(logOf(task, "t0")) && readFileSync(logOf(task, "t0"), "utf8");
    expect(await eventually(isMarked)).toContain(
      "may be repeated here: the log hub was ended; up to 9 bytes",
    );
    const fifo = join(task.session, "tasks/t0/output");
    closeSync(pipes.get("t0")!);
    await eventually(() => existsSync(join(task.session, "tasks/t0/pipe-ended")));
    pipes.set("t0", openSync(fifo, constants.O_RDWR));
    writeSync(pipes.get("t0")!, "again\r\n");
    const messages = openSync(join(task.session, "log-hub-messages"), constants.O_RDWR);
    writeSync(messages, "t0\n");
    closeSync(messages);
    await eventually(() => hasLine(task, "t0", "again"));
    await end(task, pipes, hub);
    expect(readFileSync(logOf(task, "t0"), "utf8").split("may be repeated here").length).toBe(2);
  });

  test("that is killed before a line is in the log leaves it to the next one", async () => {
    using task = createLogTask();
    const pipes = addTasks(task, 1);
    const log = logOf(task, "t0");
    mkdirSync(dirname(log), { recursive: true });
    // A hub that writes waits for the lock of the log, a second at most.
    const lock = openSync(dirname(log), constants.O_RDONLY);
    expect(tryFlock(lock)).toBe(true);
    const first = startHub(task);
    writeSync(pipes.get("t0")!, "the line\r\n");
    await eventually(() => hasLine(task, "t0", "the line") || isWriting(task));
    first.kill("SIGKILL");
    await first.exited;
    closeSync(lock);
    const second = startHub(task);
    await eventually(() => hasLine(task, "t0", "the line"));
    await end(task, pipes, second);
    const text = readFileSync(log, "utf8");
    const count = text.split(" the line\n").length - 1;
    // The first one may have waited for its second, and written the line before it was killed.
    expect(count).toBe(text.includes("may be repeated here") ? Math.max(1, count) : 1);
  });

  test("whose run directory was removed ends with its windows, whatever is in a new one", async () => {
    using task = createLogTask();
    const pipes = addTasks(task, 1);
    const hub = startHub(task);
    await eventually(() => task.record("log-hub")?.startsWith("hub "));
    await removeInUse(task.session);
    mkdirSync(join(task.session, "tasks/t1"), { recursive: true });
    makeFifo(join(task.session, "tasks/t1/output"));
    for (const pipe of pipes.values()) closeSync(pipe);
    expect(await hub.exited).toBe(0);
  });

  test("that finds another one leaves the session to it", async () => {
    using task = createLogTask();
    const pipes = addTasks(task, 1);
    const hub = startHub(task);
    await eventually(() => task.record("log-hub")?.startsWith("hub "));
    const record = task.record("log-hub");
    expect(await startHub(task).exited).toBe(3);
    expect(task.record("log-hub")).toBe(record);
    await end(task, pipes, hub);
    expect(task.record("log-hub")).toBe("");
  });
});

const HUB = { pid: 10, startTime: "7" };
const SCRIPT = { pid: 20, startTime: "8" };

describe("the record of a hub", () => {
  test.each([
    ["none", { hub: null, script: null }, false, []],
    ["running", { hub: HUB, script: SCRIPT }, true, [20]],
    ["running", { hub: HUB, script: SCRIPT }, true, []],
    ["restarting", { hub: HUB, script: SCRIPT }, false, [20]],
    ["restarting", { hub: null, script: SCRIPT }, false, [20]],
    ["dead", { hub: HUB, script: SCRIPT }, false, []],
    ["dead", { hub: HUB, script: SCRIPT }, false, [10]],
    ["dead", { hub: null, script: SCRIPT }, false, []],
  ] as const)("means %s: %j, locked: %p, running: %j", (state, record, isLocked, running) => {
    const read = parseHubRecord(hubRecordText(record));
    expect(read).toEqual(record);
    const isRunning = ({ pid }: { pid: number }) => running.some((each) => each === pid);
    expect(hubStateOf(read, isLocked, isRunning)).toBe(state);
  });

  test.each(["", "hub\n", "hub x y\n", "other 1 2\n"])("means none if incomplete: %j", (text) => {
    expect(hubStateOf(parseHubRecord(text), true, () => true)).toBe("none");
  });
});

test.each([
  ["open", 1e9, true],
  ["unknown", 0, true],
  ["unknown", 9_999, true],
  ["unknown", 10_000, false],
  ["ended", 0, false],
] as const)("a pipe that is %s, its FIFO %d ms old, may write: %p", (pipe, age, may) => {
  expect(mayWrite(pipe, age)).toBe(may);
});

describe("what a killed hub had not written", () => {
  const NOTHING = { lost: 0, repeated: 0 };
  const nextIn = (directory: { path: string }) => new UnwrittenCounts(directory.path);

  test("is known to the next one, until it says that it is marked", () => {
    using directory = directoryWith({});
    const first = nextIn(directory);
    first.set("web", 5);
    first.announce("api", 100, "taken");
    const second = nextIn(directory);
    expect(second.takeBreak("web")).toEqual({ lost: 5, repeated: 0 });
    expect(second.takeBreak("api")).toEqual({ lost: 100, repeated: 0 });
    expect(second.takeBreak("db")).toEqual(NOTHING);
    second.set("web", 0);
    const third = nextIn(directory);
    expect(third.takeBreak("web")).toEqual(NOTHING);
    expect(third.takeBreak("api")).toEqual({ lost: 100, repeated: 0 });
  });

  test("is marked once: what it adds itself is no loss", () => {
    using directory = directoryWith({});
    nextIn(directory).set("web", 5);
    const next = nextIn(directory);
    expect(next.takeBreak("web").lost).toBe(5);
    next.set("web", 7);
    expect(next.takeBreak("web")).toEqual(NOTHING);
  });

  test("is not lost where it stayed in the FIFO, but may come twice", () => {
    using directory = directoryWith({});
    const first = nextIn(directory);
    first.set("api", 0);
    first.announce("web", 100, "kept");
    for (let kill = 0; kill < 2; kill++) {
      const next = nextIn(directory);
      expect(next.takeBreak("web")).toEqual({ lost: 0, repeated: 100 });
      expect(next.takeBreak("web")).toEqual(NOTHING);
      expect(next.takeBreak("api")).toEqual(NOTHING);
    }
    nextIn(directory).announce("api", 1, "kept");
    expect(nextIn(directory).takeBreak("web")).toEqual(NOTHING);
  });

  test("is nothing after its turn", () => {
    using directory = directoryWith({});
    const first = nextIn(directory);
    first.announce("web", 100, "kept");
    first.announce("api", 100, "taken");
    first.rest();
    const second = nextIn(directory);
    expect([second.takeBreak("web"), second.takeBreak("api")]).toEqual([NOTHING, NOTHING]);
  });

  test("is unknown where the file can't be written, and nothing fails", () => {
    const counts = new UnwrittenCounts("/dev/null/run");
    counts.announce("web", 5, "taken");
    counts.set("web", 5);
    expect(counts.takeBreak("web")).toEqual(NOTHING);
  });
});
