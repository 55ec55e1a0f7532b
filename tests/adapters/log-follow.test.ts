import { describe, expect, test } from "bun:test";
import { appendFileSync, existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import * as fc from "fast-check";
import { LogFile } from "../../src/adapters/log-files.ts";
import { LogFollower } from "../../src/adapters/log-follow.ts";
import { LogOutput } from "../../src/adapters/log-output.ts";
import { createLogDirectory, type LogDirectory, lineAt } from "../helpers/log-directory.ts";

/** A follower from the end of what is there now. */
function follow(logs: LogDirectory): LogFollower & Disposable {
  const file = new LogFile("web", logs.log("web"));
  const follower = new LogFollower("web", logs.log("web"), file.newest);
  file.close();
  return Object.assign(follower, { [Symbol.dispose]: () => follower.close() });
}

const polled = (follower: LogFollower): string[] => Array.from(follower.poll(), ({ text }) => text);
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

  test("what was appended before a rotation, and after it", () => {
    using logs = createLogDirectory();
    append(logs, "old");
    using follower = follow(logs);
    append(logs, "before");
    renameSync(logs.log("web"), logs.log("web", ".1"));
    append(logs, "after");
    expect(polled(follower)).toEqual(["before", "after"]);
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

test("a reader that opens a log while it is rotated misses no line", async () => {
  using logs = createLogDirectory();
  const script = `
    import { LogOutput } from "${import.meta.dirname}/../../src/adapters/log-output.ts";
    const output = new LogOutput({ path: process.argv[1], maxSize: 8000, maxFiles: 4000, isOurs: true });
    for (let number = 0; number < 20000; number++) output.append(Buffer.from("2024-01-01T00:00:00.000 " + number + "\\n"));`;
  const writer = Bun.spawn([process.execPath, "-e", script, logs.log("web")]);
  let looks = 0;
  while (writer.exitCode === null) {
    const file = new LogFile("web", logs.log("web"));
    const numbers = Array.from(file.lines("oldest first", 0, file.size, null), ({ text }) =>
      Number(text),
    );
    file.close();
    expect(numbers).toEqual(numbers.map((_, index) => index));
    looks++;
    await Bun.sleep(1);
  }
  expect(writer.exitCode).toBe(0);
  expect(looks).toBeGreaterThan(1);
  expect(existsSync(logs.log("web", ".50"))).toBe(true);
});
