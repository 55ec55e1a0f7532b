import { describe, expect, test } from "bun:test";
import {
  describeEnd,
  type End,
  isHealthy,
  isRunning,
  isSuccess,
  type Observation,
  stateOf,
  type TaskState,
} from "../../src/domain/lifecycle.ts";

const seen = (changes: Partial<Observation>): Observation => ({
  want: "up",
  process: { kind: "none" },
  oneshot: false,
  health: "none",
  restartAt: null,
  gaveUp: false,
  wasStopped: false,
  ...changes,
});

const alive = { kind: "alive", pid: 7, startTime: "1" } as const;
const ended = (end: End) => ({ kind: "ended", end }) as const;
const good: End = { kind: "exit", status: 0, at: 1 };
const bad: End = { kind: "exit", status: 3, at: 1 };
const killed: End = { kind: "signal", signal: "SIGKILL", at: 1 };
const lost: End = { kind: "lost" };

const rows: [changes: Partial<Observation>, state: TaskState][] = [
  [{}, "stopped"],
  [{ want: "down" }, "stopped"],
  [{ process: { kind: "pending" } }, "starting"],
  [{ process: alive }, "running"],
  [{ process: alive, health: "waiting" }, "starting"],
  [{ process: alive, health: "passes" }, "running"],
  [{ process: alive, health: "fails" }, "unhealthy"],
  [{ process: alive, oneshot: true }, "starting"],
  [{ process: alive, want: "down" }, "running"],
  [{ process: ended(good) }, "exited"],
  [{ process: ended(bad) }, "failed"],
  [{ process: ended(killed) }, "failed"],
  [{ process: ended(lost) }, "failed"],
  [{ process: ended(good), want: "down" }, "stopped"],
  [{ process: ended(bad), want: "down" }, "stopped"],
  [{ process: ended(bad), restartAt: 5 }, "backoff"],
  [{ process: ended(good), restartAt: 5 }, "backoff"],
  [{ process: ended(bad), restartAt: 5, want: "down" }, "stopped"],
  [{ process: ended(bad), wasStopped: true }, "stopped"],
  [{ process: ended(bad), gaveUp: true }, "failed"],
  [{ process: ended(good), gaveUp: true }, "failed"],
];

test.each(rows)("%j comes to %s", (changes, state) => {
  expect(stateOf(seen(changes))).toBe(state);
});

test.each([
  ["stopped", false, false, false],
  ["starting", true, false, false],
  ["running", true, true, true],
  ["unhealthy", true, false, false],
  ["exited", false, false, true],
  ["failed", false, false, false],
  ["backoff", false, false, false],
] as const)(
  "%s: running %p, healthy %p, healthy as a oneshot %p",
  (state, running, healthy, asJob) => {
    expect([isRunning(state), isHealthy(state, false), isHealthy(state, true)]).toEqual([
      running,
      healthy,
      asJob,
    ]);
  },
);

describe("an end", () => {
  test.each([
    [good, true],
    [bad, false],
    [killed, false],
    [lost, false],
  ])("%j is a success: %p", (end, success) => {
    expect(isSuccess(end)).toBe(success);
  });

  test("reads as part of a sentence", () => {
    expect([bad, killed, lost].map(describeEnd)).toEqual([
      "exited with status 3",
      "was ended by SIGKILL",
      "is gone, with its window",
    ]);
  });
});
