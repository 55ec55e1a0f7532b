import { expect, test } from "bun:test";
import { isHeldUp } from "../../../src/domain/tasks/settling.ts";

test.each([
  ["waits for a processor from its first moment", { state: "R", cpu: 0 }, true],
  ["waits for a processor", { state: "R", cpu: 20 }, true],
  ["waits for a disk", { state: "D", cpu: 0 }, true],
  ["has worked as long as a command takes to fail", { state: "R", cpu: 30 }, false],
  ["waits for a child, the network, or a clock", { state: "S", cpu: 0 }, false],
  ["is suspended", { state: "T", cpu: 0 }, false],
  ["is of a system that doesn't say", null, false],
])("a process that %s: %j", (_, activity, expected) => {
  expect(isHeldUp(activity)).toBe(expected);
});
