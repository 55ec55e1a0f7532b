import { describe, expect, test } from "bun:test";
import {
  appendFileSync,
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { EventLog, KEPT_LINES, MOST_LINES } from "../../../src/adapters/events/log.ts";
import { EventReader } from "../../../src/adapters/events/reader.ts";
import { tryFlock } from "../../../src/adapters/system/libc.ts";
import {
  eventOf,
  parseEvent,
  type RecordedEvent,
  type TaskmuxEvent,
} from "../../../src/domain/events.ts";
import { Failure } from "../../../src/domain/failure.ts";
import { directoryWith } from "../../helpers/directory.ts";

/** The n-th event of a test, of the task `w` unless said otherwise. */
const numbered = (number: number, task = "w"): TaskmuxEvent =>
  eventOf({ event: "task_started", task, pid: number }, "shop", number);
const numberOf = (event: RecordedEvent): number => (event as { pid: number }).pid;
const any = () => true;

/** Lines of the events file as they were left, and a log and a reader of it. */
function eventsWith(lines: number, more = "") {
  const directory = directoryWith({ "s/events.jsonl": linesOf(lines) + more });
  const path = join(directory.path, "s/events.jsonl");
  const readers: EventReader[] = [];
  return {
    path,
    log: new EventLog(path),
    reader: () => {
      const reader = new EventReader(path);
      readers.push(reader);
      return reader;
    },
    lines: () => readFileSync(path, "utf8").split("\n").slice(0, -1),
    numbers: () => {
      using reader = closing(new EventReader(path));
      return reader.newest(Infinity, any).map(numberOf);
    },
    [Symbol.dispose]: () => {
      for (const reader of readers) reader.close();
      directory[Symbol.dispose]();
    },
  };
}

const closing = (reader: EventReader) =>
  Object.assign(reader, { [Symbol.dispose]: () => reader.close() });

const linesOf = (count: number, first = 0): string =>
  Array.from({ length: count }, (_, index) => `${JSON.stringify(numbered(first + index))}\n`).join(
    "",
  );

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, index) => from + index);

describe("an append", () => {
  test("makes the file and its directory, for this user's eyes only", () => {
    using directory = directoryWith({});
    const path = join(directory.path, "new/events.jsonl");
    expect(new EventLog(path).append([numbered(1), numbered(2)])).toBeNull();
    expect(readFileSync(path, "utf8")).toBe(linesOf(2, 1));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(directory.path, "new")).mode & 0o777).toBe(0o700);
  });

  test("closes a file to others that was open to them", () => {
    using events = eventsWith(1);
    chmodSync(events.path, 0o644);
    events.log.append([numbered(1)]);
    expect(statSync(events.path).mode & 0o777).toBe(0o600);
  });

  test("after a torn line costs that line only", () => {
    using events = eventsWith(2, '{"ts":"2024-');
    events.log.append([numbered(2)]);
    events.log.append([numbered(3)]);
    expect(events.numbers()).toEqual([0, 1, 2, 3]);
  });

  test("that can't be made is a failure that names the file", () => {
    using directory = directoryWith({});
    mkdirSync(join(directory.path, "events.jsonl"));
    const failure = new EventLog(join(directory.path, "events.jsonl")).append([numbered(1)]);
    expect(failure).toBeInstanceOf(Failure);
    expect(failure?.message).toContain(join(directory.path, "events.jsonl"));
  });

  test("goes to the file that has the name, also where it was deleted", () => {
    using events = eventsWith(3);
    rmSync(events.path);
    events.log.append([numbered(7)]);
    expect(events.numbers()).toEqual([7]);
  });

  test("is made all the same where a stopped process never lets go of the lock", () => {
    using events = eventsWith(MOST_LINES);
    const fd = openSync(events.path, "a");
    expect(tryFlock(fd)).toBe(true);
    expect(events.log.append([numbered(MOST_LINES)])).toBeNull();
    // Nothing is trimmed by who doesn't hold the lock.
    expect(events.numbers()).toEqual(range(0, MOST_LINES + 1));
    closeSync(fd);
  });
});

describe("the trim", () => {
  test("comes with the first line over the limit, and leaves the newest", () => {
    using events = eventsWith(MOST_LINES - 1);
    events.log.append([numbered(MOST_LINES - 1)]);
    expect(events.lines()).toHaveLength(MOST_LINES);
    events.log.append([numbered(MOST_LINES)]);
    expect(events.numbers()).toEqual(range(MOST_LINES + 1 - KEPT_LINES, MOST_LINES + 1));
    expect(statSync(events.path).mode & 0o777).toBe(0o600);
  });

  test("comes again and again, at the same line each time", () => {
    using events = eventsWith(KEPT_LINES);
    let next = KEPT_LINES;
    for (let round = 0; round < 2; round++) {
      while (events.lines().length < MOST_LINES) {
        events.log.append(range(next, next + 100).map((number) => numbered(number)));
        next += 100;
      }
      events.log.append([numbered(next++)]);
      expect(events.numbers()).toEqual(range(next - KEPT_LINES, next));
    }
  });

  test("counts short and foreign lines, and keeps those of any length", () => {
    using events = eventsWith(0, "\n".repeat(MOST_LINES - 1));
    const long = eventOf({ event: "config_invalid", error: "x".repeat(200_000) }, "shop", 1);
    events.log.append([long]);
    expect(events.lines()).toHaveLength(MOST_LINES);
    events.log.append([numbered(1)]);
    expect(events.lines()).toHaveLength(KEPT_LINES);
    expect(events.lines().slice(-3)).toEqual([
      "",
      JSON.stringify(long),
      JSON.stringify(numbered(1)),
    ]);
  });

  test("isn't misled by a count of another file, or one that is torn", () => {
    for (const count of ['{"inode":1,"size":10,"lines":20000}', "{", "7"]) {
      using events = eventsWith(MOST_LINES);
      writeFileSync(`${events.path}.count`, count);
      events.log.append([numbered(MOST_LINES)]);
      expect(events.lines()).toHaveLength(KEPT_LINES);
    }
  });

  test("that crashed before its end has changed nothing, and the next one succeeds", () => {
    using events = eventsWith(MOST_LINES);
    writeFileSync(`${events.path}.new`, "half of it");
    events.log.append([numbered(MOST_LINES)]);
    expect(events.numbers()).toEqual(range(MOST_LINES + 1 - KEPT_LINES, MOST_LINES + 1));
  });
});

describe("a reader", () => {
  test("finds the newest that are wanted, oldest first", () => {
    using events = eventsWith(5000);
    const reader = events.reader();
    expect(reader.newest(3, any).map(numberOf)).toEqual([4997, 4998, 4999]);
    expect(reader.newest(2, (event) => numberOf(event) % 1000 === 0).map(numberOf)).toEqual([
      3000, 4000,
    ]);
    expect(reader.newest(0, any)).toEqual([]);
    expect(reader.newest(9999, any).map(numberOf)).toEqual(range(0, 5000));
  });

  test("reads no further back than it must", () => {
    using events = eventsWith(5000);
    let seen = 0;
    events.reader().newest(10, () => ++seen > 0);
    expect(seen).toBe(10);
  });

  test("skips what is torn or foreign", () => {
    using events = eventsWith(1, `\nfoo\n{"a":1}\n${linesOf(1, 1)}{"ts":`);
    const reader = events.reader();
    expect(reader.newest(9, any).map(numberOf)).toEqual([0, 1]);
    expect(reader.poll()).toEqual([]);
    appendFileSync(events.path, `\n${linesOf(1, 2)}`);
    expect(reader.poll().map(numberOf)).toEqual([2]);
  });

  test("reads lines longer than its block", () => {
    using events = eventsWith(2);
    const long = eventOf({ event: "config_invalid", error: "é".repeat(100_000) }, "shop", 1);
    events.log.append([long, numbered(2)]);
    expect(events.reader().newest(3, any)).toEqual([numbered(1), long, numbered(2)]);
  });

  test("follows from where there is no file yet", () => {
    using events = eventsWith(1);
    rmSync(events.path);
    const reader = events.reader();
    expect(reader.newest(5, any)).toEqual([]);
    expect(reader.poll()).toEqual([]);
    events.log.append([numbered(5)]);
    expect(reader.poll().map(numberOf)).toEqual([5]);
    expect(reader.poll()).toEqual([]);
  });

  test("follows through a deletion and an emptying in place", () => {
    using events = eventsWith(10);
    const reader = events.reader();
    events.log.append([numbered(10)]);
    rmSync(events.path);
    events.log.append([numbered(11)]);
    expect(reader.poll().map(numberOf)).toEqual([10, 11]);
    writeFileSync(events.path, "");
    expect(reader.poll()).toEqual([]);
    events.log.append([numbered(12)]);
    expect(reader.poll().map(numberOf)).toEqual([12]);
  });

  test.each([1, 500, KEPT_LINES - 1, KEPT_LINES, KEPT_LINES + 1, 14_000])(
    "follows through a trim with %d events since its last look",
    (count) => {
      using events = eventsWith(MOST_LINES + 1 - count);
      const reader = events.reader();
      const first = MOST_LINES + 1 - count;
      events.log.append(range(first, first + count).map((number) => numbered(number)));
      expect(events.lines()).toHaveLength(KEPT_LINES);
      events.log.append([numbered(first + count)]);
      expect(reader.poll().map(numberOf)).toEqual(range(first, first + count + 1));
      expect(reader.poll()).toEqual([]);
    },
  );

  test("shows none twice where a trim cut into what it read last", () => {
    using events = eventsWith(20_000);
    const reader = events.reader();
    // All but the last 10 of what was read are gone, and two trims lie between two looks.
    writeFileSync(`${events.path}.other`, linesOf(500, 19_990));
    renameSync(`${events.path}.other`, events.path);
    expect(reader.poll().map(numberOf)).toEqual(range(20_000, 20_490));
  });
});

test("appends of many processes tear nothing and lose nothing, through trims, killed writers and readers", async () => {
  using events = eventsWith(MOST_LINES - 500);
  const source = join(import.meta.dirname, "../../../src");
  const script = `
    import { EventLog } from "${source}/adapters/events/log.ts";
    import { eventOf } from "${source}/domain/events.ts";
    const [path, task] = process.argv.slice(1);
    const log = new EventLog(path);
    // All of them write less than is kept: a reader that comes late on a busy machine still finds it.
    for (let pid = 0; pid < (task === "killed" ? 2000 : 2500); pid += 10) {
      const pids = Array.from({ length: 10 }, (_, index) => pid + index);
      const events = pids.map((pid) => eventOf({ event: "task_started", task, pid }, "shop", pid));
      const failure = log.append(events);
      if (failure) throw new Error(failure.message);
    }`;
  const write = (task: string) => Bun.spawn([process.execPath, "-e", script, events.path, task]);
  const reader = events.reader();
  const names = ["a", "b", "c"];
  const killed = write("killed");
  const writers = names.map(write);
  const seen: RecordedEvent[] = [];
  while (writers.some(({ exitCode }) => exitCode === null)) {
    seen.push(...reader.poll());
    if (seen.length > 1000) killed.kill("SIGKILL");
    await Bun.sleep(1);
  }
  killed.kill("SIGKILL");
  await killed.exited;
  seen.push(...reader.poll());
  expect(writers.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
  for (const task of names) {
    const own = seen.filter((event) => "task" in event && event.task === task);
    expect(own.map(numberOf)).toEqual(range(0, 2500));
  }
  const lines = events.lines();
  expect(lines.length).toBeGreaterThanOrEqual(KEPT_LINES);
  expect(lines.length).toBeLessThanOrEqual(MOST_LINES);
  // The kill may have come in the midst of a write.
  expect(lines.filter((line) => parseEvent(line) === null).length).toBeLessThanOrEqual(1);
});
