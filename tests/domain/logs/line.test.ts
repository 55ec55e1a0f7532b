import { expect, test } from "bun:test";
import {
  exitLine,
  gapLine,
  hasStamp,
  isoOfStamp,
  lostLine,
  signalName,
  STAMP_LENGTH,
  stampOf,
  startLine,
  withoutColour,
} from "../../../src/domain/logs/line.ts";

test("a stamp is UTC with milliseconds and no zone", () => {
  expect(stampOf(Date.UTC(2024, 0, 1, 14, 0, 0, 123))).toBe("2024-01-01T14:00:00.123");
  expect(stampOf(0)).toHaveLength(STAMP_LENGTH);
  expect(isoOfStamp("2024-01-01T14:00:00.123")).toBe("2024-01-01T14:00:00.123Z");
});

test.each([
  ["2024-01-01T14:00:00.123 text", true],
  ["2024-01-01T14:00:00.123 ", true],
  ["2024-01-01T14:00:00.123text", false],
  ["2024-01-01T14:00:00 text", false],
  ["text", false],
  ["", false],
])("%j has a stamp: %p", (line, expected) => expect(hasStamp(line)).toBe(expected));

test("colours can be taken out", () => {
  expect(withoutColour("\x1b[1;31mred\x1b[0m and \x1b[38:5:9mmore\x1b[m")).toBe("red and more");
});

test.each([
  ["npm run dev", "npm run dev"],
  ["  npm run dev\n", "npm run dev"],
  ["first\nsecond", "first…"],
  ["echo \x1b[31mred\x07", "echo red\uFFFD"],
  ["\x1b]0;x\x07\x9b1m", "\uFFFD]0;x\uFFFD\uFFFD1m"],
  ["x".repeat(300), `${"x".repeat(199)}…`],
])("the launch of %j is marked", (command, shown) => {
  expect(startLine("4242", command)).toBe(`[taskmux] started pid 4242: ${shown}`);
});

test("the launch of an unknown command is marked without it", () => {
  expect(startLine("7", "")).toBe("[taskmux] started pid 7");
});

test("the end is marked with how and after how long", () => {
  expect(exitLine({ status: 1 }, 3200)).toBe("[taskmux] exited with status 1 after 3.2s");
  expect(exitLine({ signal: "SIGKILL" }, 3200)).toBe("[taskmux] ended by SIGKILL after 3.2s");
  expect(exitLine({ status: 0 }, null)).toBe("[taskmux] exited with status 0");
  expect(exitLine({ status: 1 }, 3200, true)).toBe(
    "[taskmux] stopped: exited with status 1 after 3.2s",
  );
  expect(exitLine({ signal: "SIGINT" }, null, true)).toBe("[taskmux] stopped by SIGINT");
});

test("signals have their platform's names", () => {
  expect(signalName(9, "linux")).toBe("SIGKILL");
  expect(signalName(10, "linux")).toBe("SIGUSR1");
  expect(signalName(10, "darwin")).toBe("SIGBUS");
  expect(signalName(40, "linux")).toBe("signal 40");
});

test("lost lines are counted", () => {
  expect(lostLine(1, "no space left on the device")).toBe(
    "[taskmux] 1 line lost: no space left on the device",
  );
  expect(lostLine(2, "x")).toBe("[taskmux] 2 lines lost: x");
});

test.each([
  [Date.UTC(2024, 0, 1, 14), "the pipe of the window since 2024-01-01T14:00:00.000Z"],
  [null, "the pipe of the window"],
])("lines that another program's pipe got since %p are said to be missing", (since, end) => {
  expect(gapLine(since)).toEndWith(end);
});
