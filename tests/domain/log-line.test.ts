import { expect, test } from "bun:test";
import {
  durationText,
  exitLine,
  hasStamp,
  isoOfStamp,
  lostLine,
  signalName,
  stampLength,
  stampOf,
  startLine,
  withoutColour,
} from "../../src/domain/log-line.ts";

test("a stamp is UTC with milliseconds and no zone", () => {
  expect(stampOf(Date.UTC(2024, 0, 1, 14, 0, 0, 123))).toBe("2024-01-01T14:00:00.123");
  expect(stampOf(0)).toHaveLength(stampLength);
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
  ["echo \x1b[31mred\x07", "echo  [31mred"],
  ["\x1b]0;x\x07\x9b1m", "]0;x 1m"],
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
});

test.each([
  [0, "0.0s"],
  [-5, "0.0s"],
  [49, "0.0s"],
  [50, "0.1s"],
  [59_949, "59.9s"],
  [59_950, "1m00s"],
  [303_000, "5m03s"],
  [3_599_400, "59m59s"],
  [3_600_000, "1h00m"],
  [7_500_000, "2h05m"],
])("%p ms are %s", (milliseconds, text) => expect(durationText(milliseconds)).toBe(text));

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
