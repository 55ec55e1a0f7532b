import { expect, test } from "bun:test";
import { countsOf } from "./run.ts";

const summary = (lines: string) => `tests/a.test.ts:\n(pass) a\n\n${lines}\n`;

const table: [what: string, output: string, status: number, passed: number, failed: number][] = [
  ["all passed", summary(" 7 pass\n 0 fail\nRan 7 tests across 2 files. [1.00s]"), 0, 7, 0],
  ["one test", summary(" 1 pass\n 0 fail\nRan 1 test across 1 file. [1.00s]"), 0, 1, 0],
  ["one failed", summary(" 6 pass\n 1 fail\nRan 7 tests across 2 files. [1.00s]"), 1, 6, 1],
  [
    "a module that doesn't load",
    summary(" 6 pass\n 1 fail\n 1 error\nRan 7 tests across 2 files."),
    1,
    6,
    1,
  ],
  [
    "errors that are no test's",
    summary(" 6 pass\n 0 fail\n 2 errors\nRan 6 tests across 2 files."),
    1,
    6,
    2,
  ],
  [
    "a bad status without a failure",
    summary(" 6 pass\n 0 fail\nRan 6 tests across 2 files."),
    132,
    6,
    1,
  ],
  ["no summary", "tests/a.test.ts:\n(pass) a\n", 0, 0, 1],
  ["a summary cut short", summary(" 6 pass\n 0 fail"), 0, 0, 1],
  [
    "a test that prints a summary",
    summary(" 99 pass\n 0 fail\n 1 pass\n 0 fail\nRan 1 test across 1 file."),
    0,
    1,
    0,
  ],
  ["no tests", "The following filters did not match any test files:\n", 1, 0, 1],
  [
    "none but skipped tests",
    summary(" 0 pass\n 3 skip\n 0 fail\nRan 3 tests across 1 file."),
    0,
    0,
    1,
  ],
];

test.each(table)("a run is counted from what it says: %s", (_, output, status, passed, failed) => {
  const { skipped: _skipped, ...counts } = countsOf(output, status);
  expect(counts).toEqual({ passed, failed });
});

test("skipped tests are neither passed nor failed", () => {
  const output = summary(" 2 pass\n 1 skip\n 3 todo\n 0 fail\nRan 6 tests across 1 file.");
  expect(countsOf(output, 0)).toEqual({ passed: 2, failed: 0, skipped: 4 });
});
