import { describe, expect, test } from "bun:test";
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { fc } from "../../helpers/property.ts";
import { LogFile } from "../../../src/adapters/logs/file.ts";
import { LogFollower } from "../../../src/adapters/logs/follow.ts";
import { LogOutput } from "../../../src/adapters/logs/output.ts";
import { missingLine } from "../../../src/domain/logs/line.ts";
import { createLogDirectory, type LogDirectory, lineAt } from "../../helpers/log-directory.ts";

/** A follower from the end of what is there now. */
function follow(logs: LogDirectory): LogFollower & Disposable {
  const file = new LogFile("web", logs.log("web"));
  const follower = new LogFollower("web", logs.log("web"), file.newest);
  file.close();
  return Object.assign(follower, { [Symbol.dispose]: () => follower.close() });
}

const polled = (follower: LogFollower): string[] => Array.from(follower.poll(), ({ text }) => text);
const range = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => String(from + index));
const append = (logs: LogDirectory, text: string): void =>
  appendFileSync(logs.log("web"), `${lineAt(1, text)}\n`);

describe("a follower reads what comes", () => {
  test("and nothing twice", () => {
    using logs = createLogDirectory();
    append(logs, "old");
    using follower = follow(logs);
    expect(polled(follower)).toEqual([]);
    append(logs, "a");
    append(logs, "b");
    expect(polled(follower)).toEqual(["a", "b"]);
    expect(polled(follower)).toEqual([]);
  });

  test("only in whole lines", () => {
    using logs = createLogDirectory();
    using follower = follow(logs);
    appendFileSync(logs.log("web"), lineAt(1, "ha"));
    expect(polled(follower)).toEqual([]);
    appendFileSync(logs.log("web"), "lf\n");
    expect(polled(follower)).toEqual(["half"]);
  });

  test("in a log that comes into being later", () => {
    using logs = createLogDirectory();
    using follower = follow(logs);
    expect(polled(follower)).toEqual([]);
    append(logs, "first");
    expect(polled(follower)).toEqual(["first"]);
  });

  test("that was there when it began to read, and what is written then with the next look", () => {
    using logs = createLogDirectory();
    using follower = follow(logs);
    append(logs, "a");
    const seen: string[] = [];
    for (const { text } of follower.poll()) {
      seen.push(text);
      append(logs, `${text}a`);
    }
    expect(seen).toEqual(["a"]);
    expect(follower.isBehind).toBe(false);
    expect(polled(follower)).toEqual(["aa"]);
  });

  test("no more at a time than is asked for, through a rotation too", () => {
    using logs = createLogDirectory();
    using follower = follow(logs);
    const lines = range(1, 20_000);
    const write = (from: number, to: number): void =>
      appendFileSync(
        logs.log("web"),
        lines
          .slice(from, to)
          .map((line) => `${lineAt(1, line)}\n`)
          .join(""),
      );
    write(0, 10_000);
    renameSync(logs.log("web"), logs.log("web", ".1"));
    write(10_000, 20_000);
    const looks: string[][] = [];
    do looks.push(Array.from(follower.poll(100_000), ({ text }) => text));
    while (follower.isBehind);
    expect(looks.flat()).toEqual(lines);
    // Each line has 29 bytes at most.
    expect(looks.length).toBeGreaterThan(4);
    for (const look of looks) expect(look.length).toBeLessThan(7000);
  });

  test("what was appended before a rotation, and after it", () => {
    using logs = createLogDirectory();
    append(logs, "old");
    using follower = follow(logs);
    append(logs, "before");
    renameSync(logs.log("web"), logs.log("web", ".1"));
    append(logs, "after");
    expect(polled(follower)).toEqual(["before", "after"]);
  });

  test("and says where files were rotated away before they were read", () => {
    using logs = createLogDirectory();
    const output = new LogOutput({ path: logs.log("web"), maxSize: 60, maxFiles: 2, isOurs: true });
    const write = (text: string) => output.append(Buffer.from(`${lineAt(1, text)}\n`));
    write("1");
    using follower = follow(logs);
    for (let number = 2; number <= 12; number++) write(String(number));
    output.close();
    expect(polled(follower)).toEqual([
      "2",
      "[taskmux] log lines may be missing here: rotated away before they were read",
      ...range(7, 12),
    ]);
    rmSync(logs.log("web", ".1"));
    rmSync(logs.log("web", ".2"));
    rmSync(logs.log("web"));
    append(logs, "new");
    expect(polled(follower)).toEqual(["new"]);
  });

  test("while the new file isn't there yet", () => {
    using logs = createLogDirectory();
    append(logs, "old");
    using follower = follow(logs);
    append(logs, "before");
    renameSync(logs.log("web"), logs.log("web", ".1"));
    expect(polled(follower)).toEqual(["before"]);
    expect(polled(follower)).toEqual([]);
    append(logs, "after");
    expect(polled(follower)).toEqual(["after"]);
  });

  test("after the log was deleted", () => {
    using logs = createLogDirectory();
    append(logs, "old");
    using follower = follow(logs);
    rmSync(logs.log("web"));
    expect(polled(follower)).toEqual([]);
    append(logs, "new");
    expect(polled(follower)).toEqual(["new"]);
  });

  test("after the log was emptied in place", () => {
    using logs = createLogDirectory();
    append(logs, "old and long enough");
    using follower = follow(logs);
    writeFileSync(logs.log("web"), "");
    expect(polled(follower)).toEqual([]);
    append(logs, "new");
    expect(polled(follower)).toEqual(["new"]);
  });

  test("lines longer than its block", () => {
    using logs = createLogDirectory();
    using follower = follow(logs);
    append(logs, "x".repeat(200_000));
    append(logs, "y");
    expect(polled(follower)).toEqual(["x".repeat(200_000), "y"]);
  });

  test("through any rotations between two looks, each line once", () => {
    const batches = fc.array(fc.nat(12), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(batches, fc.integer({ min: 30, max: 300 }), (sizes, maxSize) => {
        using logs = createLogDirectory();
        const output = new LogOutput({
          path: logs.log("web"),
          maxSize,
          maxFiles: 1000,
          isOurs: true,
        });
        using follower = follow(logs);
        const [written, seen]: string[][] = [[], []];
        for (const size of sizes) {
          const lines = Array.from({ length: size }, (_, index) => `${written!.length + index}`);
          if (size > 0)
            output.append(Buffer.from(lines.map((line) => `${lineAt(1, line)}\n`).join("")));
          written!.push(...lines);
          seen!.push(...polled(follower));
        }
        output.close();
        expect(seen).toEqual(written);
      }),
      { numRuns: 60 },
    );
  });
});

/** What this process has open, deleted files too. */
const openNow = (): string[] =>
  readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return []; // that of the directory itself
    }
  });

test.skipIf(process.platform !== "linux")(
  "a follower of a log that is written faster than read keeps few deleted files open, and says what is missing",
  () => {
    using logs = createLogDirectory();
    const path = logs.log("web");
    const output = new LogOutput({ path, maxSize: 1000, maxFiles: 1, isOurs: true });
    using follower = follow(logs);
    const openFiles = () => openNow().filter((target) => target.startsWith(path)).length;
    const seen: string[] = [];
    for (const round of range(1, 40)) {
      const lines = range(1, 100).map((number) => `${lineAt(1, `${round} ${number}`)}\n`);
      output.append(Buffer.from(lines.join("")));
      for (const { text } of follower.poll(1)) seen.push(text);
      // Its own, those that are there, and what the writer has open.
      expect(openFiles()).toBeLessThanOrEqual(8 + 2 + 1);
    }
    do for (const { text } of follower.poll(1)) seen.push(text);
    while (follower.isBehind);
    output.close();
    const numbers = seen.flatMap((text) => /^(\d+) (\d+)$/.exec(text)?.slice(1).map(Number) ?? []);
    const places = numbers.flatMap((round, index) =>
      index % 2 === 0 ? [round * 1000 + numbers[index + 1]!] : [],
    );
    expect(places).toEqual([...new Set(places)].toSorted((a, b) => a - b));
    expect(places.at(-1)).toBe(40_100);
    const note = missingLine("rotated away before they were read");
    expect(new Set(seen.filter((text) => !/^\d/.test(text)))).toEqual(new Set([note]));
  },
);

test("a reader that opens a log while it is rotated misses no line", async () => {
  using logs = createLogDirectory();
  const script = `
    import { LogOutput } from "${import.meta.dirname}/../../../src/adapters/logs/output.ts";
    const output = new LogOutput({ path: process.argv[1], maxSize: 8000, maxFiles: 4000, isOurs: true });
    for (let number = 0; number < 20000; number++) output.append(Buffer.from("2024-01-01T00:00:00.000 " + number + "\\n"));`;
  const writer = Bun.spawn([process.execPath, "-e", script, logs.log("web")]);
  while (writer.exitCode === null) {
    const file = new LogFile("web", logs.log("web"));
    const numbers = Array.from(file.lines("oldest first", 0, file.size, null), ({ text }) =>
      Number(text),
    );
    file.close();
    expect(numbers).toEqual(numbers.map((_, index) => index));
    await Bun.sleep(1);
  }
  expect(writer.exitCode).toBe(0);

  expect(existsSync(logs.log("web", ".50"))).toBe(true);
});
