import { describe, expect, test } from "bun:test";
import type { ProcessEntry } from "../../src/adapters/process-table.ts";
import { readProcess } from "../../src/adapters/process-table.ts";
import {
  isAlive,
  membersOf,
  parseMark,
  signalExactly,
  signalName,
} from "../../src/adapters/processes.ts";

describe("the mark in a process's environment", () => {
  test.each([
    ["TASKMUX_RUN=abc.1.2\0TASKMUX_TASK=web\0", { scope: "abc", task: "web" }],
    ["HOME=/\0TASKMUX_TASK=web.v1\0TASKMUX_RUN=abc.1.2", { scope: "abc", task: "web.v1" }],
    ["sleep 1 TASKMUX_RUN=abc.1.2 TASKMUX_TASK=web HOME=/", { scope: "abc", task: "web" }],
    ["TASKMUX_RUN=abc.1.2\0", null],
    ["TASKMUX_TASK=web\0", null],
    ["MY_TASKMUX_RUN=abc.1.2\0TASKMUX_TASK=web\0", null],
    ["TASKMUX_RUN=abc\0TASKMUX_TASK=web\0", null],
    ["", null],
  ])("%j is %j", (environment, mark) => {
    expect(parseMark(environment)).toEqual(mark);
  });
});

const entry = (pid: number, parent: number, session: number): ProcessEntry => ({
  pid,
  parent,
  group: session,
  session,
  foreground: -1,
  startTime: `${pid}`,
});

// Pids that no system gives, so that no environment is read.
const far = 2 ** 30;
const tableOf = (...rows: [pid: number, parent: number, session: number][]) =>
  new Map(
    rows.map(([pid, parent, session]) => [
      far + pid,
      entry(far + pid, far + parent, far + session),
    ]),
  );
const marks = (task: string, launcher: number) => ({ launcher: far + launcher, scope: "s", task });

test("a task's processes: of its launcher's session, and descendants that left it; never the launcher", () => {
  const table = tableOf(
    [10, 1, 10], // the launcher
    [11, 10, 10], // its command
    [12, 11, 12], // a child in a session of its own
    [13, 12, 13], // and its child
    [14, 1, 10], // an orphan in the launcher's session
    [20, 1, 20], // another task's launcher
    [21, 20, 20],
    [30, 1, 30], // a stranger
  );
  const found = membersOf(table, [marks("web", 10), marks("api", 20)]);
  const pids = (task: string) => found.get(task)?.map(({ pid }) => pid - far);
  expect({ web: pids("web"), api: pids("api") }).toEqual({ web: [11, 12, 13, 14], api: [21] });
});

test("a process that has left everything is found by its mark, of the same scope only", async () => {
  const env = { PATH: process.env["PATH"] ?? "", TASKMUX_RUN: "scope1.x.1", TASKMUX_TASK: "web" };
  const child = Bun.spawn(["sleep", "1000"], { env });
  try {
    // The mark is there once the child has become its program.
    while (parseMark(await Bun.file(`/proc/${child.pid}/environ`).text()) === null)
      await Bun.sleep(1);
    const table = new Map([[child.pid, readProcess(child.pid)!]]);
    const of = (scope: string, task: string) =>
      membersOf(table, [{ launcher: null, scope, task }]).get(task)?.length;
    expect([of("scope1", "web"), of("scope2", "web"), of("scope1", "api")]).toEqual([1, 0, 0]);
  } finally {
    child.kill("SIGKILL");
    await child.exited;
  }
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

test.each([
  [2, "SIGINT"],
  [9, "SIGKILL"],
  [15, "SIGTERM"],
  [99, null],
])("signal %d is called %s", (number, name) => {
  expect(signalName(number)).toBe(name);
});
