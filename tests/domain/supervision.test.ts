import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import type { End } from "../../src/domain/lifecycle.ts";
import {
  HEALTHY_PERIOD,
  pause,
  type RestartRules,
  type Sight,
  step,
  type Supervision,
  wakeAt,
} from "../../src/domain/supervision.ts";

const now = 1_000_000;
const rules: RestartRules = {
  restart_policy: "on-failure",
  max_restarts: 3,
  restart_backoff: 2,
  health_retries: 2,
  oneshot: false,
};
const fresh = { count: 0, last: null };
const phases = {
  idle: { ...fresh, phase: "idle" },
  up: { ...fresh, phase: "up", failures: 0, healthySince: null },
  backoff: { count: 1, last: now - 500, phase: "backoff", restartAt: now + 1500, reason: "died" },
  gave_up: { count: 3, last: now - 500, phase: "gave_up" },
} satisfies Record<string, Supervision>;
const crash: Sight = { kind: "ended", end: { kind: "exit", status: 1, at: now }, reason: "died" };
const sights = {
  launched: { kind: "launched" },
  ended: crash,
  passed: { kind: "passed" },
  failed: { kind: "failed", reason: "refused" },
  stopped: { kind: "stopped" },
  tick: { kind: "tick" },
} satisfies Record<string, Sight>;

describe("every phase and every sight", () => {
  const table: [keyof typeof phases, keyof typeof sights, string, string[]][] = [
    ["idle", "launched", "up", []],
    ["idle", "ended", "up", ["restart"]],
    ["idle", "passed", "idle", []],
    ["idle", "failed", "idle", []],
    ["idle", "stopped", "idle", []],
    ["idle", "tick", "idle", []],
    ["up", "launched", "up", []],
    ["up", "ended", "up", ["restart"]],
    ["up", "passed", "up", ["became_healthy"]],
    ["up", "failed", "up", ["check_failed"]],
    ["up", "stopped", "idle", []],
    ["up", "tick", "up", []],
    ["backoff", "launched", "up", []],
    ["backoff", "ended", "backoff", []],
    ["backoff", "passed", "backoff", []],
    ["backoff", "failed", "backoff", []],
    ["backoff", "stopped", "idle", []],
    ["backoff", "tick", "backoff", []],
    ["gave_up", "launched", "up", []],
    ["gave_up", "ended", "gave_up", []],
    ["gave_up", "passed", "gave_up", []],
    ["gave_up", "failed", "gave_up", []],
    ["gave_up", "stopped", "idle", []],
    ["gave_up", "tick", "gave_up", []],
  ];
  test("the table is complete", () => {
    expect(table.length).toBe(Object.keys(phases).length * Object.keys(sights).length);
    expect(new Set(table.map(([phase, sight]) => `${phase} ${sight}`)).size).toBe(table.length);
  });
  test.each(table)("%s, %s: %s", (phase, sight, next, effects) => {
    const result = step(rules, phases[phase], sights[sight], now);
    expect(result.next.phase).toBe(next as Supervision["phase"]);
    expect(result.effects.map(({ kind }) => kind)).toEqual(effects as never);
  });
});

describe("which ends call for a restart", () => {
  const zero: End = { kind: "exit", status: 0, at: now };
  const one: End = { kind: "exit", status: 1, at: now };
  const killed: End = { kind: "signal", signal: "SIGKILL", at: now };
  const lost: End = { kind: "lost" };
  const table: [RestartRules["restart_policy"], boolean, End, boolean][] = [
    ["no", false, zero, false],
    ["no", false, one, false],
    ["no", false, killed, false],
    ["on-failure", false, zero, false],
    ["on-failure", false, one, true],
    ["on-failure", false, killed, true],
    ["on-failure", false, lost, true],
    ["always", false, zero, true],
    ["always", false, one, true],
    ["always", true, zero, false],
    ["always", true, one, true],
  ];
  test.each(table)("%s, oneshot %p, %p: %p", (restart_policy, oneshot, end, isRestarted) => {
    const sight: Sight = { kind: "ended", end, reason: "it ended" };
    const { next, effects } = step({ ...rules, restart_policy, oneshot }, phases.up, sight, now);
    expect(effects.length).toBe(isRestarted ? 1 : 0);
    expect(next.phase).toBe(isRestarted ? "up" : "idle");
  });
});

describe("how long the n-th restart in a row waits", () => {
  test.each([
    [2, 1, 0],
    [2, 2, 2000],
    [2, 3, 4000],
    [2, 7, 60_000],
    [3, 2, 3000],
    [0, 2, 0],
    [1000, 50, 60_000],
  ])("backoff %p, restart %p: %p ms", (restart_backoff, n, wait) => {
    expect(pause({ ...rules, restart_backoff }, n)).toBe(wait);
  });

  test("the first is at once, the second waits from the first on", () => {
    const first = step(rules, phases.up, crash, now);
    expect(first.effects).toEqual([{ kind: "restart", reason: "died", attempt: 1 }]);
    const second = step(rules, first.next, crash, now + 100);
    expect(second.effects).toEqual([]);
    expect(wakeAt(second.next)).toBe(now + 2000);
    expect(step(rules, second.next, { kind: "tick" }, now + 1999).effects).toEqual([]);
    const due = step(rules, second.next, { kind: "tick" }, now + 2000);
    expect(due.effects).toEqual([{ kind: "restart", reason: "died", attempt: 2 }]);
  });
});

test("after max_restarts it gives up, and says so once", () => {
  const last: Supervision = { ...phases.up, count: 3, last: now - 90_000 };
  const { next, effects } = step(rules, last, crash, now);
  expect(next.phase).toBe("gave_up");
  expect(effects).toEqual([{ kind: "gave_up", restarts: 3 }]);
  expect(step(rules, next, crash, now).effects).toEqual([]);
});

test("max_restarts 0 has no limit", () => {
  const many: Supervision = { ...phases.up, count: 1000, last: now - 90_000 };
  expect(step({ ...rules, max_restarts: 0 }, many, crash, now).effects[0]?.kind).toBe("restart");
});

test("60 s healthy begin the count anew, a failed check in between doesn't", () => {
  const since = now - HEALTHY_PERIOD;
  const healthy: Supervision = { ...phases.up, count: 3, last: since, healthySince: since };
  expect(step(rules, healthy, { kind: "tick" }, now - 1).next.count).toBe(3);
  expect(step(rules, healthy, { kind: "tick" }, now).next.count).toBe(0);
  expect(step(rules, healthy, crash, now).effects[0]).toMatchObject({
    kind: "restart",
    attempt: 1,
  });
  const shaken = step(rules, healthy, sights.failed, now - 1000).next;
  expect(step(rules, shaken, { kind: "tick" }, now).next.count).toBe(3);
});

test("health_retries failures in a row restart it, a pass in between begins their count anew", () => {
  const once = step(rules, phases.up, sights.failed, now).next;
  expect(step(rules, once, sights.failed, now).effects.map(({ kind }) => kind)).toEqual([
    "check_failed",
    "restart",
  ]);
  const passed = step(rules, once, sights.passed, now).next;
  expect(step(rules, passed, sights.failed, now).effects.map(({ kind }) => kind)).toEqual([
    "check_failed",
  ]);
});

test("policy no: failed checks are told, and nothing is restarted", () => {
  let state: Supervision = phases.up;
  for (let i = 0; i < 10; i++) {
    const result = step({ ...rules, restart_policy: "no" }, state, sights.failed, now);
    expect(result.effects.map(({ kind }) => kind)).toEqual(["check_failed"]);
    state = result.next;
  }
});

const anySight = fc.oneof(
  ...Object.values(sights).map((sight) => fc.constant<Sight>(sight)),
  fc.constant<Sight>({ kind: "ended", end: { kind: "exit", status: 0, at: 0 }, reason: "done" }),
);
const anyRules = fc.record({
  restart_policy: fc.constantFrom("no", "on-failure", "always"),
  max_restarts: fc.integer({ min: 0, max: 4 }),
  restart_backoff: fc.constantFrom(0, 1, 1.5, 2, 10),
  health_retries: fc.integer({ min: 1, max: 3 }),
  oneshot: fc.boolean(),
});
const anyStory = fc.array(fc.tuple(anySight, fc.integer({ min: 0, max: 70_000 })), {
  maxLength: 80,
});

test("whatever it sees, in whatever order, the rules of restarts hold", () => {
  fc.assert(
    fc.property(anyRules, anyStory, (someRules, story) => {
      let [state, time]: [Supervision, number] = [phases.idle, now];
      let [inARow, last]: [number, number | null] = [0, null];
      for (const [sight, later] of story) {
        time += later;
        const { next, effects } = step(someRules, state, sight, time);
        if (sight.kind === "launched" || sight.kind === "stopped" || next.count === 0) {
          [inARow, last] = [0, null];
        }
        for (const effect of effects) {
          if (effect.kind === "gave_up") expect(state.phase).not.toBe("gave_up");
          if (effect.kind !== "restart") continue;
          expect(sight.kind).not.toBe("stopped");
          expect(someRules.restart_policy).not.toBe("no");
          if (effect.attempt === 1) [inARow, last] = [0, null];
          inARow++;
          expect(effect.attempt).toBe(inARow);
          if (someRules.max_restarts > 0)
            expect(inARow).toBeLessThanOrEqual(someRules.max_restarts);
          if (last !== null) expect(time - last).toBeGreaterThanOrEqual(pause(someRules, inARow));
          last = time;
        }
        if (next.phase === "backoff") expect(next.reason).not.toBe("");
        if (next.phase === "backoff" && sight.kind === "tick") {
          expect(next.restartAt).toBeGreaterThan(time);
        }
        state = next;
      }
    }),
    { numRuns: 500 },
  );
});
