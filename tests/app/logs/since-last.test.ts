import { expect, test } from "bun:test";
import { appendFileSync, existsSync, renameSync, rmSync, truncateSync } from "node:fs";
import { fc } from "../../helpers/property.ts";
import type { ReaderProgress } from "../../../src/adapters/logs/readers.ts";
import type { LogsRequest } from "../../../src/app/logs/logs.ts";
import { logsSinceLast } from "../../../src/app/logs/since-last.ts";
import { isFailure } from "../../../src/domain/failure.ts";
import {
  createLogDirectory,
  lineAt,
  type LogDirectory,
  WHOLE_REQUEST,
} from "../../helpers/log-directory.ts";

/** A reader that comes again and again. */
function createReader(logs: LogDirectory, ...tasks: string[]) {
  let progress: ReaderProgress | null = null;
  return (change: Partial<LogsRequest> = {}) => {
    const answer = logsSinceLast(
      { ...WHOLE_REQUEST, ...change },
      logs.deps(...tasks),
      progress && { progress, deleted: {}, at: null },
    );
    if (isFailure(answer)) throw new Error(answer.message);
    progress = { ...progress, ...answer.progress };
    const rows = [...answer.rows];
    return { texts: rows.map(({ text }) => text), first: answer.first, leftOut: answer.leftOut };
  };
}

const append = (logs: LogDirectory, task: string, ...lines: string[]) =>
  appendFileSync(logs.log(task), lines.map((line) => `${line}\n`).join(""));

test("the first call shows the newest lines, each later one what has come since", () => {
  using logs = createLogDirectory();
  logs.write("web", [lineAt(0, "a"), lineAt(0, "b"), lineAt(0, "c")]);
  const read = createReader(logs, "web");
  expect(read({ lines: 2 })).toEqual({ texts: ["b", "c"], first: true, leftOut: 0 });
  expect(read({ lines: 2 })).toEqual({ texts: [], first: false, leftOut: 0 });
  append(logs, "web", lineAt(0, "d"));
  expect(read()).toEqual({ texts: ["d"], first: false, leftOut: 0 });
});

test("a line that is being written comes when it is whole", () => {
  using logs = createLogDirectory();
  logs.write("web", [lineAt(0, "a")]);
  const read = createReader(logs, "web");
  read();
  appendFileSync(logs.log("web"), lineAt(1, "un"));
  expect(read().texts).toEqual([]);
  appendFileSync(logs.log("web"), "finished\n");
  expect(read().texts).toEqual(["unfinished"]);
});

test("what is more than -n is left out, and counted: of matches where it is looked for some", () => {
  using logs = createLogDirectory();
  logs.write("web", []);
  const read = createReader(logs, "web");
  read();
  append(logs, "web", ...Array.from({ length: 10 }, (_, index) => lineAt(index, `x${index % 2}`)));
  expect(read({ lines: 3 })).toMatchObject({ texts: ["x1", "x0", "x1"], leftOut: 7 });
  append(logs, "web", ...Array.from({ length: 10 }, (_, index) => lineAt(index, `x${index % 2}`)));
  expect(read({ lines: 2, grep: "X1" })).toMatchObject({ texts: ["x1", "x1"], leftOut: 3 });
  append(logs, "web", lineAt(20, "y"));
  expect(read({ lines: 0 })).toMatchObject({ texts: [], leftOut: 1 });
  expect(read()).toMatchObject({ texts: [], leftOut: 0 });
});

test("each task's log has a place of its own, whatever is asked for", () => {
  using logs = createLogDirectory();
  logs.write("web", [lineAt(0, "w1")]);
  logs.write("api", [lineAt(1, "a1")]);
  const read = createReader(logs, "web", "api");
  expect(read({ tasks: ["web"] })).toMatchObject({ texts: ["w1"], first: true });
  append(logs, "web", lineAt(2, "w2"));
  // The older lines of `api` were never new to this reader: they are not counted as left out.
  expect(read({ lines: 1 })).toEqual({ texts: ["w2"], first: false, leftOut: 0 });
  append(logs, "api", lineAt(3, "a2"));
  append(logs, "web", lineAt(4, "w3"));
  expect(read({ tasks: ["api"] }).texts).toEqual(["a2"]);
  expect(read().texts).toEqual(["w3"]);
});

test("a log that comes into being, is cleaned, and emptied in place is read from its start", () => {
  using logs = createLogDirectory();
  const read = createReader(logs, "web");
  expect(read()).toEqual({ texts: [], first: true, leftOut: 0 });
  append(logs, "web", lineAt(0, "a"));
  expect(read()).toEqual({ texts: ["a"], first: false, leftOut: 0 });
  renameSync(logs.log("web"), logs.log("web", ".1"));
  append(logs, "web", lineAt(1, "b"));
  expect(read().texts).toEqual(["b"]);
  truncateSync(logs.log("web"));
  append(logs, "web", lineAt(2, "c"));
  expect(read().texts).toEqual(["c"]);
  rmSync(logs.log("web"));
  // The new file may well get the inode of the one that went.
  append(logs, "web", lineAt(3, "d"));
  expect(read().texts).toEqual(["d"]);
  truncateSync(logs.log("web"));
  expect(read().texts).toEqual([]);
});

/** What may happen between two calls. */
const act = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant("print"), lines: fc.integer({ min: 1, max: 5 }) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("read") }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("rotate") }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("clean", "empty") }) },
);

test("no line comes twice, and none is missing that was there, whatever happens to the files", () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
      using logs = createLogDirectory();
      const read = createReader(logs, "web");
      read();
      let count = 0;
      let unread: string[] = [];
      for (const one of acts) {
        if (one.kind === "print") {
          const texts = Array.from(
            { length: (one as { lines: number }).lines },
            () => `${count++}`,
          );
          // All in the same millisecond: nothing may hang on times.
          append(logs, "web", ...texts.map((text) => lineAt(0, text)));
          unread.push(...texts);
        } else if (one.kind === "read") {
          expect(read().texts).toEqual(unread);
          unread = [];
        } else if (one.kind === "rotate") {
          expect(read().texts).toEqual(unread.splice(0));
          rotate(logs);
        } else {
          expect(read().texts).toEqual(unread.splice(0));
          if (one.kind === "clean")
            for (const suffix of ["", ".1", ".2"]) rmSync(logs.log("web", suffix), { force: true });
          else if (existsSync(logs.log("web"))) truncateSync(logs.log("web"));
        }
      }
      expect(read().texts).toEqual(unread);
    }),
    { numRuns: 300 },
  );
});

function rotate(logs: LogDirectory): void {
  rmSync(logs.log("web", ".2"), { force: true });
  for (const [from, to] of [
    [".1", ".2"],
    ["", ".1"],
  ] as const)
    if (existsSync(logs.log("web", from))) renameSync(logs.log("web", from), logs.log("web", to));
}

test("lines that were not read before a rotation come after it", () => {
  using logs = createLogDirectory();
  logs.write("web", [lineAt(0, "a")]);
  const read = createReader(logs, "web");
  read();
  append(logs, "web", lineAt(0, "b"));
  rotate(logs);
  append(logs, "web", lineAt(0, "c"));
  rotate(logs);
  append(logs, "web", lineAt(0, "d"));
  expect(read().texts).toEqual(["b", "c", "d"]);
  expect(read().texts).toEqual([]);
});

test("where files were rotated away unread, the answer says so, once", () => {
  using logs = createLogDirectory();
  logs.write("web", []);
  logs.write("api", []);
  let progress: ReaderProgress = {};
  const lost = (): string[] => {
    const before = { progress, deleted: {}, at: null };
    const answer = logsSinceLast(WHOLE_REQUEST, logs.deps("web", "api"), before);
    if (isFailure(answer)) throw new Error(answer.message);
    progress = { ...progress, ...answer.progress };
    return answer.rotatedAway;
  };
  expect(lost()).toEqual([]);
  append(logs, "web", lineAt(0, "a"));
  append(logs, "api", lineAt(0, "a"));
  expect(lost()).toEqual([]);
  rotate(logs);
  append(logs, "web", lineAt(1, "b"));
  expect(lost()).toEqual([]);
  append(logs, "web", lineAt(2, "c"));
  rmSync(logs.log("web", ".1"));
  renameSync(logs.log("web"), logs.log("web", ".2"));
  logs.write("web", [lineAt(3, "d")], ".1");
  append(logs, "web", lineAt(4, "e"));
  rmSync(logs.log("web", ".2"));
  expect(lost()).toEqual(["web"]);
  expect(lost()).toEqual([]);
});

test("where logs-clean deleted files unread, the answer says that, and nothing of rotation", () => {
  using logs = createLogDirectory();
  logs.write("web", [lineAt(0, "a")]);
  const answer = (progress: ReaderProgress, deleted: Record<string, number>) => {
    const found = logsSinceLast(WHOLE_REQUEST, logs.deps("web"), {
      progress,
      deleted,
      at: null,
    });
    if (isFailure(found)) throw new Error(found.message);
    return found;
  };
  const { progress } = answer({}, {});
  rmSync(logs.log("web"));
  logs.write("web", [lineAt(3, "d")], ".1");
  logs.write("web", [lineAt(4, "e")]);
  expect(answer(progress, {})).toMatchObject({ rotatedAway: ["web"], deleted: 0 });
  expect(answer(progress, { web: 2 })).toMatchObject({ rotatedAway: [], deleted: 2 });
});
