import { describe, expect, test } from "bun:test";
import { fc } from "../../helpers/property.ts";
import { appendFileSync, mkdirSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import { LogFile } from "../../../src/adapters/logs/file.ts";
import { LogFollower } from "../../../src/adapters/logs/follow.ts";
import { LONGEST_LINE } from "../../../src/adapters/logs/segments.ts";
import { withoutColour } from "../../../src/domain/logs/line.ts";
import { type LogEntry, take } from "../../../src/domain/logs/merge.ts";
import { type LogPattern, logPattern } from "../../../src/domain/logs/pattern.ts";
import { createLogDirectory, lineAt, stampAt } from "../../helpers/log-directory.ts";

const pattern = (text: string, isRegex = false): LogPattern =>
  logPattern(text, isRegex) as LogPattern;

function withFile<T>(path: string, use: (file: LogFile) => T): T {
  const file = new LogFile("web", path);
  try {
    return use(file);
  } finally {
    file.close();
  }
}

const textsOf = (entries: Iterable<LogEntry>): string[] => Array.from(entries, ({ text }) => text);
const all = (file: LogFile, by: LogPattern | null = null): string[] =>
  textsOf(file.lines("oldest first", 0, file.size, by));
const allBackward = (file: LogFile, by: LogPattern | null = null): string[] =>
  textsOf(file.lines("newest first", 0, file.size, by)).toReversed();

describe("a log is its rotated files and the newest one", () => {
  test("read oldest first and newest first", () => {
    using logs = createLogDirectory();
    logs.write("web", [lineAt(1, "a"), lineAt(2, "b")], ".2");
    logs.write("web", [lineAt(3, "c")], ".1");
    logs.write("web", [lineAt(4, "d"), lineAt(5, "")]);
    withFile(logs.log("web"), (file) => {
      expect(all(file)).toEqual(["a", "b", "c", "d", ""]);
      expect(allBackward(file)).toEqual(["a", "b", "c", "d", ""]);
    });
  });

  test("ten rotated files are in the order of their numbers", () => {
    using logs = createLogDirectory();
    for (let number = 1; number <= 11; number++)
      logs.write("web", [lineAt(100 - number, `${number}`)], `.${number}`);
    withFile(logs.log("web"), (file) => {
      expect(all(file)).toEqual(["11", "10", "9", "8", "7", "6", "5", "4", "3", "2", "1"]);
    });
  });

  test("nothing if it is missing or not a file", () => {
    using logs = createLogDirectory();
    mkdirSync(logs.log("web"));
    withFile(logs.log("web"), (file) => expect(all(file)).toEqual([]));
    withFile(logs.log("none"), (file) =>
      expect([file.size, file.newest, all(file)]).toEqual([0, null, []]),
    );
    withFile("/nonexistent/web.log", (file) => expect(file.size).toBe(0));
  });

  test("a line that is being written isn't read yet", () => {
    using logs = createLogDirectory();
    logs.write("web", [lineAt(1, "a")]);
    appendFileSync(logs.log("web"), lineAt(2, "hal"));
    withFile(logs.log("web"), (file) =>
      expect([all(file), allBackward(file)]).toEqual([["a"], ["a"]]),
    );
  });

  test("what comes later isn't part of it, and a rotation takes nothing from it", () => {
    using logs = createLogDirectory();
    logs.write("web", [lineAt(1, "a")]);
    withFile(logs.log("web"), (file) => {
      appendFileSync(logs.log("web"), `${lineAt(2, "b")}\n`);
      renameSync(logs.log("web"), logs.log("web", ".1"));
      expect(all(file)).toEqual(["a"]);
    });
  });

  test("lines of another program have the time of their neighbour", () => {
    using logs = createLogDirectory();
    logs.write("web", ["zero", lineAt(1, "a"), "foreign", "", lineAt(5, "b"), "last"]);
    withFile(logs.log("web"), (file) => {
      const forward = [...file.lines("oldest first", 0, file.size, null)].map(({ stamp }) => stamp);
      expect(forward.slice(1)).toEqual([1, 1, 1, 5, 5].map(stampAt));
      expect(all(file)).toEqual(["zero", "a", "foreign", "", "b", "last"]);
      expect(allBackward(file)).toEqual(["zero", "a", "foreign", "", "b", "last"]);
    });
  });

  test("lines longer than a block", () => {
    using logs = createLogDirectory();
    const texts = ["a", "x".repeat(200_000), "", "y".repeat(70_000), "b"];
    logs.write(
      "web",
      texts.map((text, index) => lineAt(index, text)),
    );
    withFile(logs.log("web"), (file) => {
      expect(all(file)).toEqual(texts);
      expect(allBackward(file)).toEqual(texts);
      expect(file.find(stampAt(2), false)).toBe(25 + 1 + 200_025 - 0);
    });
  });
});

const texts = fc.array(
  fc.string({ unit: fc.constantFrom("a", "B", "é", "Ä", "x", " ", "1", "."), maxLength: 20 }),
  { maxLength: 200 },
);

describe("any log", () => {
  test("is the same from both ends, from any place", () => {
    using logs = createLogDirectory();
    fc.assert(
      fc.property(texts, fc.nat(500), (list, repeats) => {
        const long = Array.from({ length: repeats }, () => list).flat();
        logs.write(
          "web",
          long.map((text, index) => lineAt(index, text)),
        );
        withFile(logs.log("web"), (file) => {
          expect(all(file)).toEqual(long);
          expect(allBackward(file)).toEqual(long);
        });
      }),
      { numRuns: 30 },
    );
  });

  test("is entered at a time where a look at each line would", () => {
    using logs = createLogDirectory();
    const steps = fc.array(fc.tuple(fc.nat(3), fc.nat(300), fc.boolean()), {
      minLength: 1,
      maxLength: 400,
    });
    fc.assert(
      fc.property(steps, fc.nat(600), fc.boolean(), (list, time, isAfter) => {
        let now = 0;
        const lines = list.map(([step, length, isForeign]) => {
          now += step;
          return isForeign ? "foreign ".repeat(length % 9) : lineAt(now, "x".repeat(length));
        });
        logs.write("web", lines);
        const comes = (line: string): boolean =>
          line.startsWith("2024") &&
          (isAfter ? line.slice(0, 23) > stampAt(time) : line.slice(0, 23) >= stampAt(time));
        const first = lines.findIndex(comes);
        const expected = lines
          .slice(0, first < 0 ? lines.length : first)
          .reduce((sum, line) => sum + line.length + 1, 0);
        withFile(logs.log("web"), (file) =>
          expect(file.find(stampAt(time), isAfter)).toBe(expected),
        );
      }),
      { numRuns: 200 },
    );
  });

  test("is searched as a look at each line would", () => {
    using logs = createLogDirectory();
    const colour = fc.constantFrom("", "", "\x1b[31m", "\x1b[0m");
    const coloured = fc.array(
      fc.tuple(fc.constantFrom("a", "B", "é", "Ä", "x", ".1.", "2024"), colour),
      { maxLength: 12 },
    );
    const wanted = fc.string({
      unit: fc.constantFrom("a", "b", "A", "x", "é", "ä", ".", "1", "2", "-"),
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(
        fc.array(coloured, { maxLength: 60 }),
        wanted,
        fc.boolean(),
        (lines, text, isRegex) => {
          const made = logPattern(text, isRegex);
          if ("error" in made) return;
          const list = lines.map((parts) => parts.map((part) => part.join("")).join(""));
          logs.write(
            "web",
            list.map((line, index) => lineAt(index, line)),
          );
          const expected = list.filter((line) => made.matches(withoutColour(line)));
          withFile(logs.log("web"), (file) => {
            expect(all(file, made)).toEqual(expected);
            expect(allBackward(file, made)).toEqual(expected);
          });
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("a search", () => {
  test("looks at the text, not at the time", () => {
    using logs = createLogDirectory();
    logs.write("web", [lineAt(1, "a"), lineAt(2, "in 2024-01-01")]);
    withFile(logs.log("web"), (file) =>
      expect(all(file, pattern("2024-01-01"))).toEqual(["in 2024-01-01"]),
    );
  });

  test("never reaches over the end of a line", () => {
    using logs = createLogDirectory();
    logs.write("web", [lineAt(1, "a"), lineAt(2, "b")]);
    withFile(logs.log("web"), (file) => {
      expect(all(file, pattern("a[^x]*b", true))).toEqual([]);
      expect(all(file, pattern("a\\s", true))).toEqual([]);
      expect(all(file, pattern("^b$", true))).toEqual(["b"]);
    });
  });

  test("of a piece that is everywhere finds the same", () => {
    using logs = createLogDirectory();
    const lines = Array.from({ length: 5000 }, (_, index) =>
      lineAt(index, `=-=-= ${index === 4000 ? "needle" : "x"}`),
    );
    logs.write("web", lines);
    withFile(logs.log("web"), (file) =>
      expect(all(file, pattern("=-=-= needle"))).toEqual(["=-=-= needle"]),
    );
  });

  test("survives that the file is emptied in the meantime", () => {
    using logs = createLogDirectory();
    logs.write(
      "web",
      Array.from({ length: 9000 }, (_, index) => lineAt(index, "x")),
    );
    withFile(logs.log("web"), (file) => {
      writeFileSync(logs.log("web"), "");
      expect(all(file)).toEqual([]);
      expect(allBackward(file)).toEqual([]);
      expect(file.find(stampAt(5), false)).toBeGreaterThanOrEqual(0);
    });
  });
});

test("a sparse file of terabytes costs no more than what is asked for of it", () => {
  using logs = createLogDirectory();
  expect(Bun.spawnSync(["truncate", "-s", "5T", logs.log("web")]).exitCode).toBe(0);
  appendFileSync(logs.log("web"), `\n${lineAt(1, "a")}\n${lineAt(2, "b")}\n`);
  withFile(logs.log("web"), (file) => {
    const newest = [...take(file.lines("newest first", 0, file.size, null), 4)];
    expect(newest.slice(0, 2).map(({ text }) => text)).toEqual(["b", "a"]);
    expect(newest.every(({ text }) => text.length <= LONGEST_LINE)).toBe(true);
    const oldest = [...take(file.lines("oldest first", 0, file.size, null), 2)];
    expect(oldest.every(({ text }) => text.length <= LONGEST_LINE)).toBe(true);
    expect(file.find(stampAt(2), false)).toBeGreaterThan(0);
  });
  truncateSync(logs.log("web"), 5 * 1024 ** 4);
  withFile(logs.log("web"), (file) => {
    expect(file.size).toBe(5 * 1024 ** 4);
    expect(file.find(stampAt(1), false)).toBe(file.size);
    expect([...take(file.lines("newest first", 0, file.size, null), 2)]).toHaveLength(2);
    const follower = new LogFollower("web", logs.log("web"), file.newest);
    appendFileSync(logs.log("web"), `\n${lineAt(3, "c")}\n`);
    expect(textsOf(follower.poll())).toEqual(["", "c"]);
    follower.close();
  });
});
