import { expect, test } from "bun:test";
import {
  countsOf,
  nextStep,
  runningSince,
  type TaskFacts,
} from "../../../src/domain/sessions/session-facts.ts";
import type { TaskProcess } from "../../../src/domain/tasks/lifecycle.ts";

const ALIVE: TaskProcess = { kind: "alive", pid: 1, startTime: "1" };
const PENDING: TaskProcess = { kind: "pending" };
const NONE: TaskProcess = { kind: "none" };
const ended = (status: number): TaskProcess => ({
  kind: "ended",
  end: { kind: "exit", status, at: 1 },
});

const facts = (more: Partial<TaskFacts>): TaskFacts => ({
  name: "a",
  want: "up",
  process: ALIVE,
  oneshot: false,
  successCodes: [0],
  hasWindow: true,
  launchedAt: null,
  ...more,
});

test.each([
  ["runs", {}, 1, 1],
  ["is being launched", { process: PENDING }, 1, 1],
  ["has failed", { process: ended(1) }, 0, 1],
  ["has exited, and is no job", { process: ended(0) }, 0, 1],
  ["is a job that is done", { oneshot: true, process: ended(0) }, 0, 0],
  [
    "is a job that is done, by its success_exit_codes",
    { oneshot: true, process: ended(2), successCodes: [0, 2] },
    0,
    0,
  ],
  ["is a job that has failed", { oneshot: true, process: ended(2) }, 0, 1],
  ["was stopped", { want: "down", process: ended(0) }, 0, 0],
  ["runs and should not", { want: "down" }, 1, 0],
  ["was never launched", { want: "down", process: NONE }, 0, 0],
] as [string, Partial<TaskFacts>, number, number][])(
  "a task that %s counts",
  (_, more, running, wanted) => {
    expect(countsOf([facts(more)])).toEqual({ running, wanted });
  },
);

test("a session's uptime is that of the task that has run for the longest", () => {
  const tasks = [
    facts({ launchedAt: 20 }),
    facts({ launchedAt: 10 }),
    facts({ launchedAt: 1, process: ended(0) }),
    facts({}),
  ];
  expect(runningSince(tasks)).toBe(10);
  expect(runningSince([])).toBe(null);
});

const DAEMON = { pid: 7, kind: "daemon" };
const MONITOR = { pid: 7, kind: "start -m" };

test.each([
  [null, true, DAEMON, null],
  ["config", true, DAEMON, "taskmux stop --session shop"],
  ["directory", true, null, "taskmux stop --session shop"],
  ["directory", false, DAEMON, "taskmux daemon stop --session shop"],
  ["directory", false, MONITOR, "kill 7"],
  ["config", false, null, "taskmux prune"],
] as const)("gone: %s, used: %s, monitor: %j: %s", (gone, isUsed, monitor, hint) => {
  expect(nextStep("shop", { gone, isUsed, monitor })).toBe(hint);
});
