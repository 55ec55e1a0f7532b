import { expect, test } from "bun:test";
import { startedRun } from "../../../src/adapters/state/run-record.ts";

test.each([
  ["", null],
  ["start r1.a 10 55 9 54 8 53\n", "r1.a"],
  ["start r1 10 55 9 54\n", "r1"],
  ["start r1 10 55 9 5", null],
  ["start r1 10 55 9 54\nexit r1 0 exit\n", null],
  ["start r1 10 55 9 54\nsta", null],
  ["exit r1 0 exit\n", null],
])("a record %j has only the start of %p", (text, run) => {
  expect(startedRun(text)).toBe(run);
});
