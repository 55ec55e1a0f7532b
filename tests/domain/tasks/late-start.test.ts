import { expect, test } from "bun:test";
import { isLateStartDue, type LateStartFacts } from "../../../src/domain/tasks/late-start.ts";

const LEFT: LateStartFacts = {
  want: "up",
  wasLaunched: false,
  refusal: "dependency",
  isInHand: false,
  dependencies: [true],
};

const rows: [string, Partial<LateStartFacts>, boolean][] = [
  ["left for its dependency, which is ready now", {}, true],
  ["left for one of several, which are all ready", { dependencies: [true, true, true] }, true],
  ["one of its dependencies is not ready", { dependencies: [true, false] }, false],
  ["left, and its dependency left the config since", { dependencies: [] }, true],
  ["the start was killed while it waited", { refusal: null }, true],
  ["a start was killed, and it has no dependencies", { refusal: null, dependencies: [] }, false],
  ["stopped since", { want: "down" }, false],
  ["launched since", { wasLaunched: true }, false],
  ["another command is about to launch it", { isInHand: true }, false],
  ["its hook or its port refused the launch", { refusal: "other" }, false],
];

test.each(rows)("a task is started late: %s", (_what, change, isDue) => {
  expect(isLateStartDue({ ...LEFT, ...change })).toBe(isDue);
});
