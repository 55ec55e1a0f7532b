import { expect, test } from "bun:test";
import { CHANGE_EVERY, LinePace, QUIET_START } from "../../../src/domain/values/line-pace.ts";

test.each([
  ["work that is soon done has no line", [0, 1, QUIET_START - 1], []],
  ["long work has one after a while", [0, QUIET_START], [QUIET_START]],
  [
    "it changes at most so often",
    [600, 601, 699, 600 + CHANGE_EVERY, 701],
    [600, 600 + CHANGE_EVERY],
  ],
  ["work without a call for long has it at the next", [5000, 5001], [5000]],
])("%s", (_, calls, drawn) => {
  const pace = new LinePace(0);
  expect(calls.filter((now) => pace.isDue(now))).toEqual(drawn);
});
