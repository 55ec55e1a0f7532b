import { expect, test } from "bun:test";
import { LogFile } from "../../../src/adapters/logs/file.ts";
import { countRuns, type LogRun, runBack, runOfLaunch } from "../../../src/app/logs/runs.ts";
import { createLogDirectory, lineAt, type LogDirectory } from "../../helpers/log-directory.ts";

const start = Date.UTC(2024, 0, 1);
const mark = (ms: number, pid: number): string => lineAt(ms, `[taskmux] started pid ${pid}: x`);

/** The texts of a run in the log of web, its mark included; null without one. */
function textsOf(logs: LogDirectory, find: (file: LogFile) => LogRun | null): string[] | null {
  const file = new LogFile("web", logs.log("web"));
  const run = find(file);
  const texts =
    run && [...file.lines("oldest first", run.from, run.to, null)].map(({ text }) => text);
  file.close();
  return (
    texts && texts.map((text) => text.replace("[taskmux] started pid ", "#").replace(": x", ""))
  );
}

const back = (logs: LogDirectory, count: number) => textsOf(logs, (file) => runBack(file, count));
const launch = (logs: LogDirectory, pid: number | null, ms: number) =>
  textsOf(logs, (file) => runOfLaunch(file, { pid, at: start + ms }));

test("runs are counted from the newest one back, through rotated files", () => {
  using logs = createLogDirectory();
  logs.write("web", [mark(0, 1), lineAt(1, "one")], ".1");
  logs.write("web", [lineAt(2, "more"), mark(5, 2), lineAt(6, "two"), mark(9, 3)]);
  expect([0, 1, 2, 3].map((count) => back(logs, count))).toEqual([
    ["#3"],
    ["#2", "two"],
    ["#1", "one", "more"],
    null,
  ]);
  const file = new LogFile("web", logs.log("web"));
  expect(countRuns(file)).toBe(3);
  file.close();
});

test("what is left of a run whose beginning was rotated away is a run", () => {
  using logs = createLogDirectory();
  logs.write("web", [lineAt(0, "rest"), mark(5, 2)]);
  expect([back(logs, 1), back(logs, 2)]).toEqual([["rest"], null]);
  logs.write("web", [lineAt(0, "rest")]);
  expect(back(logs, 0)).toEqual(["rest"]);
});

test("an empty log has no run", () => {
  using logs = createLogDirectory();
  expect([back(logs, 0), launch(logs, 7, 0)]).toEqual([null, null]);
});

test("the run of a launch is the one with its process", () => {
  using logs = createLogDirectory();
  logs.write("web", [mark(0, 1), lineAt(1, "one"), mark(5, 2), lineAt(6, "two"), mark(7, 99)]);
  expect(launch(logs, 2, 5)).toEqual(["#2", "two"]);
  expect(launch(logs, 1, 0)).toEqual(["#1", "one"]);
});

test("a launch of which nothing is logged yet has not the lines of the one before", () => {
  using logs = createLogDirectory();
  logs.write("web", [mark(0, 1), lineAt(1, "Error: old")]);
  expect(launch(logs, 2, 5)).toBeNull();
  expect(launch(logs, null, 5)).toBeNull();
});

test("after a deletion of its mark, a launch has the lines since it", () => {
  using logs = createLogDirectory();
  logs.write("web", [lineAt(1, "old"), lineAt(6, "new")]);
  expect(launch(logs, 2, 5)).toEqual(["new"]);
});
