import { describe, expect, test } from "bun:test";
import {
  baselineOf,
  judgeVerify,
  type Verified,
  type VerifyFacts,
  worstOf,
} from "../../../src/domain/diagnosis/verify.ts";

const SETTLE = 2000;

/** A task that has been healthy for long enough. */
const WELL: VerifyFacts = {
  health: { kind: "holds", reason: "is healthy" },
  isUp: true,
  ended: null,
  isReloaded: true,
  newErrors: 0,
  sinceError: 0,
  isRead: true,
  readyFor: SETTLE,
  failingFor: null,
};
const SICK = {
  health: { kind: "waits", reason: "is not healthy: refused" },
  readyFor: null,
} as const;

describe("the verdict on a task", () => {
  const cases: [what: string, facts: Partial<VerifyFacts>, verdict: string][] = [
    ["well for long enough", {}, "ok: is healthy"],
    ["well for a moment", { readyFor: SETTLE - 1 }, "waits: is healthy so far"],
    ["well, with output to be judged", { isRead: false }, "waits: is healthy so far"],
    ["not healthy yet", SICK, "waits: is not healthy: refused"],
    ["healthy, not reloaded", { isReloaded: false, readyFor: null }, "waits: has not reloaded"],
    ["crashed", { ...SICK, ended: "exited with status 1" }, "crashed: exited with status 1"],
    [
      "crashed, and launched again since",
      { ended: "exited with status 1", readyFor: 10 },
      "crashed: exited with status 1",
    ],
    [
      "ended before",
      { ...SICK, health: { kind: "lost", code: "E215", reason: "was killed" }, isUp: false },
      "crashed: was killed",
    ],
    [
      "given up while it lives",
      { ...SICK, health: { kind: "lost", code: "E215", reason: "is not healthy" } },
      "unhealthy: is not healthy",
    ],
    [
      "stopped",
      { ...SICK, health: { kind: "lost", code: "E202", reason: "is stopped" }, isUp: false },
      "not_running: is stopped",
    ],
    ["a failed check", { ...SICK, failingFor: SETTLE - 1 }, "waits: is not healthy: refused"],
    ["failed checks", { ...SICK, failingFor: SETTLE }, "unhealthy: is not healthy: refused"],
    ["a new error at once", { newErrors: 1, readyFor: 0 }, "new_errors: printed a new error"],
    ["new errors", { newErrors: 2 }, "new_errors: printed new errors"],
    [
      "a new error of a program that may recover",
      { ...SICK, newErrors: 1, sinceError: SETTLE - 1 },
      "waits: is not healthy: refused",
    ],
    [
      "a new error of a program that doesn't recover",
      { ...SICK, newErrors: 1, sinceError: SETTLE },
      "new_errors: printed a new error",
    ],
    [
      "crashed with a new error",
      { ...SICK, newErrors: 1, sinceError: SETTLE, ended: "exited with status 1" },
      "crashed: exited with status 1",
    ],
  ];
  test.each(cases)("%s", (_what, facts, verdict) => {
    const found = judgeVerify({ ...WELL, ...facts }, SETTLE);
    const kind = found.kind === "decided" ? found.verdict : found.kind;
    expect(`${kind}: ${found.reason}`).toBe(verdict);
  });
});

test.each<[verdicts: (Verified | null)[], worst: Verified]>([
  [[], "ok"],
  [["ok", "ok"], "ok"],
  [["ok", null], "timed_out"],
  [["new_errors", null, "ok"], "new_errors"],
  [["not_running", "new_errors", "unhealthy"], "unhealthy"],
  [["unhealthy", "crashed"], "crashed"],
])("the verdict on tasks of %p is %s", (verdicts, worst) => {
  expect(worstOf(verdicts)).toBe(worst);
});

test.each([
  ["the last seconds of a new reader", { seen: null, ordered: null, recent: 50 }, false, 50],
  ["its start", { seen: null, ordered: 20, recent: 50 }, false, 20],
  ["its last verification", { seen: 30, ordered: 20, recent: 50 }, false, 30],
  ["its start after that", { seen: 30, ordered: 40, recent: 50 }, false, 40],
  ["the cursor that it gives", { seen: 30, ordered: 40, recent: 50 }, true, 30],
])("output is judged from %s on", (_what, places, isGiven, offset) => {
  expect(baselineOf(places, isGiven)).toBe(offset);
});
