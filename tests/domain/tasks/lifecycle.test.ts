import { describe, expect, test } from "bun:test";
import {
  describeEnd,
  type End,
  endedAt,
  isHealthy,
  isRunning,
  isSuccess,
  type Observation,
  stateOf,
  type TaskState,
} from "../../../src/domain/tasks/lifecycle.ts";

const seen = (changes: Partial<Observation>): Observation => ({
  want: "up",
  process: { kind: "none" },
  oneshot: false,
  successCodes: [0],
  health: "none",
  restartAt: null,
  gaveUp: false,
  isVoid: false,
  wasStopped: false,
  act: null,
  ...changes,
});

const ALIVE = { kind: "alive", pid: 7, startTime: "1" } as const;
const ended = (end: End) => ({ kind: "ended", end }) as const;
const GOOD: End = { kind: "exit", status: 0, at: 1 };
const BAD: End = { kind: "exit", status: 3, at: 1 };
const KILLED: End = { kind: "signal", signal: "SIGKILL", at: 1 };
const LOST: End = { kind: "lost" };

const rows: [changes: Partial<Observation>, state: TaskState][] = [
  [{}, "stopped"],
  [{ want: "down" }, "stopped"],
  [{ process: { kind: "pending" } }, "starting"],
  [{ process: ALIVE }, "running"],
  [{ process: ALIVE, health: "waiting" }, "starting"],
  [{ process: ALIVE, health: "passes" }, "running"],
  [{ process: ALIVE, health: "fails" }, "unhealthy"],
  [{ process: ALIVE, oneshot: true }, "starting"],
  [{ process: ended(BAD), successCodes: [0, 3] }, "exited"],
  [{ process: ended(BAD), successCodes: [0, 3], oneshot: true }, "exited"],
  [{ process: ended(GOOD), successCodes: [3] }, "failed"],
  [{ process: ended(KILLED), successCodes: [0, 137] }, "exited"],
  [{ process: ALIVE, want: "down" }, "running"],
  [{ process: ended(GOOD) }, "exited"],
  [{ process: ended(BAD) }, "failed"],
  [{ process: ended(KILLED) }, "failed"],
  [{ process: ended(LOST) }, "failed"],
  [{ process: ended(GOOD), want: "down" }, "stopped"],
  [{ process: ended(BAD), want: "down" }, "stopped"],
  [{ process: ended(GOOD), oneshot: true }, "exited"],
  [{ process: ended(GOOD), oneshot: true, isVoid: true }, "stopped"],
  [{ process: ALIVE, oneshot: true, isVoid: true }, "starting"],
  [{ process: ended(BAD), restartAt: 5 }, "backoff"],
  [{ process: ended(GOOD), restartAt: 5 }, "backoff"],
  [{ process: ended(BAD), restartAt: 5, want: "down" }, "stopped"],
  [{ process: ended(BAD), wasStopped: true }, "stopped"],
  [{ process: ended(BAD), wasStopped: true, restartAt: 5 }, "backoff"],
  [{ process: ended(BAD), wasStopped: true, gaveUp: true }, "failed"],
  [{ process: ended(BAD), restartAt: 5, want: "down" }, "stopped"],
  [{ process: ALIVE, act: "stopping" }, "stopping"],
  [{ process: ALIVE, act: "stopping", want: "down" }, "stopping"],
  [{ process: ended(BAD), act: "stopping", want: "down" }, "stopping"],
  [{ act: "starting" }, "starting"],
  [{ process: ended(BAD), wasStopped: true, act: "starting" }, "starting"],
  [{ process: ended(BAD), restartAt: 5, act: "starting" }, "starting"],
  [{ process: ended(BAD), act: "starting", want: "down" }, "stopped"],
  [{ process: ALIVE, act: "starting" }, "running"],
  [{ process: ALIVE, act: "starting", health: "fails" }, "unhealthy"],
  [{ process: ended(BAD), gaveUp: true }, "failed"],
  [{ process: ALIVE, health: "fails", gaveUp: true }, "failed"],
  [{ process: ALIVE, health: "waiting", gaveUp: true }, "failed"],
  [{ process: ended(GOOD), gaveUp: true }, "failed"],
];

test.each(rows)("%j comes to %s", (changes, state) => {
  expect(stateOf(seen(changes))).toBe(state);
});

test.each([
  ["stopped", false, false, false],
  ["starting", true, false, false],
  ["stopping", true, false, false],
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
    [GOOD, [0], true],
    [BAD, [0], false],
    [KILLED, [0], false],
    [LOST, [0], false],
    [BAD, [0, 3], true],
    [GOOD, [3], false],
    [KILLED, [0, 137], true],
    [KILLED, [0, 9, 143], false],
    [{ kind: "signal", signal: "SIGTERM", at: 1 }, [143], true],
    [{ kind: "exit", status: 143, at: 1 }, [143], true],
    [{ kind: "signal", signal: "signal 40", at: 1 }, [168], false],
    [LOST, [0, 1, 137], false],
  ] as [End, number[], boolean][])("%j is a success by %j: %p", (end, codes, success) => {
    expect(isSuccess(end, codes)).toBe(success);
  });

  test("reads as part of a sentence", () => {
    expect([BAD, KILLED, LOST].map(describeEnd)).toEqual([
      "exited with status 3",
      "was ended by SIGKILL",
      "is gone, with its window",
    ]);
  });
});

test.each([
  ["as its record says", 500, 400, 500],
  ["on a file system that is behind: at its launch", 100, 400, 400],
  ["on a file system that is ahead: now", 9000, 400, 1000],
  ["after the clock was set back: now", 9000, 8000, 1000],
  ["of an unknown launch", 500, null, 500],
])("an end is dated %s", (_, at, launchedAt, expected) => {
  expect(endedAt({ kind: "exit", status: 0, at }, launchedAt, 1000)).toBe(expected);
});
