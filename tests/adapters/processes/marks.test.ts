import { describe, expect, test } from "bun:test";
import { readProcess, isAlive } from "../../../src/adapters/processes/table.ts";
import { ignoredSignals, signalExactly } from "../../../src/adapters/processes/signals.ts";

describe("signals that a process ignores", () => {
  test.each([
    ["SigBlk:\t0000000000000002\nSigIgn:\t0000000000000006\n", ["SIGINT", "SIGQUIT"]],
    ["SigIgn:\t0000000000000000\nSigCgt:\t0000000000000002\n", []],
    ["", []],
  ])("%j", (status, names) => {
    expect([...ignoredSignals(status)].toSorted()).toEqual(names);
  });
});

test("a process is its pid and its start time", () => {
  const own = readProcess(process.pid)!;
  expect(isAlive(own)).toBe(true);
  expect(isAlive({ ...own, startTime: "1" })).toBe(false);
  // Where a shell could not tell it, the pid must do.
  expect(isAlive({ ...own, startTime: "" })).toBe(true);
});

test("a signal goes to the process that was meant, never to a later one with its pid", async () => {
  const child = Bun.spawn(["sleep", "1000"]);
  const identity = readProcess(child.pid)!;
  signalExactly({ ...identity, startTime: "1" }, "SIGKILL");
  expect(isAlive(identity)).toBe(true);
  signalExactly(identity, "SIGTERM");
  await child.exited;
  expect(child.signalCode).toBe("SIGTERM");
  signalExactly(identity, "SIGTERM");
});
