import { describe, expect, test } from "bun:test";
import { fc } from "../../helpers/property.ts";
import type { End } from "../../../src/domain/tasks/lifecycle.ts";
import {
  bounded,
  HEALTHY_PERIOD,
  pause,
  type RestartRules,
  shifted,
  type MonitorInput,
  step,
  type Supervision,
  wakeAt,
} from "../../../src/domain/tasks/supervision.ts";

const NOW = 1_000_000;
const RULES: RestartRules = {
  restart_policy: "on-failure",
  max_restarts: 3,
  restart_backoff: 2,
  health_retries: 2,
  oneshot: false,
  success_exit_codes: [0],
};
const FRESH = { count: 0, last: null };
const PHASES = {
  idle: { ...FRESH, phase: "idle" },
  up: { ...FRESH, phase: "up", failures: 0, healthySince: null },
  backoff: { count: 1, last: NOW - 500, phase: "backoff", restartAt: NOW + 1500, reason: "died" },
  gave_up: { count: 3, last: NOW - 500, phase: "gave_up" },
} satisfies Record<string, Supervision>;
const CRASH: MonitorInput = {
  kind: "ended",
  end: { kind: "exit", status: 1, at: NOW },
  reason: "died",
};
const SIGHTS = {
  launched: { kind: "launched" },
  ended: CRASH,
  passed: { kind: "passed" },
  failed: { kind: "failed", reason: "refused" },
  exceeded: { kind: "exceeded", reason: "used 2 GB of 1 GB" },
  stopped: { kind: "stopped" },
  tick: { kind: "tick" },
} satisfies Record<string, MonitorInput>;

describe("every phase and every input", () => {
  const table: [keyof typeof PHASES, keyof typeof SIGHTS, string, string[]][] = [
    ["idle", "launched", "up", []],
    ["idle", "ended", "up", ["restart"]],
    ["idle", "passed", "idle", []],
    ["idle", "failed", "idle", []],
    ["idle", "stopped", "idle", []],
    ["idle", "exceeded", "idle", []],
    ["idle", "tick", "idle", []],
    ["up", "launched", "up", []],
    ["up", "ended", "up", ["restart"]],
    ["up", "passed", "up", ["became_healthy"]],
    ["up", "failed", "up", ["check_failed"]],
    ["up", "stopped", "idle", []],
    ["up", "exceeded", "up", ["restart"]],
    ["up", "tick", "up", []],
    ["backoff", "launched", "up", []],
    ["backoff", "ended", "backoff", []],
    ["backoff", "passed", "backoff", []],
    ["backoff", "failed", "backoff", []],
    ["backoff", "stopped", "idle", []],
    ["backoff", "exceeded", "backoff", []],
    ["backoff", "tick", "backoff", []],
    ["gave_up", "launched", "up", []],
    ["gave_up", "ended", "gave_up", []],
    ["gave_up", "passed", "gave_up", []],
    ["gave_up", "failed", "gave_up", []],
    ["gave_up", "stopped", "idle", []],
    ["gave_up", "exceeded", "gave_up", []],
    ["gave_up", "tick", "gave_up", []],
  ];
  test("the table is complete", () => {
    expect(table.length).toBe(Object.keys(PHASES).length * Object.keys(SIGHTS).length);
    expect(new Set(table.map(([phase, input]) => `${phase} ${input}`)).size).toBe(table.length);
  });
  test.each(table)("%s, %s: %s", (phase, input, next, effects) => {
    const result = step(RULES, PHASES[phase], SIGHTS[input], NOW);
    expect(result.next.phase).toBe(next as Supervision["phase"]);
    expect(result.effects.map(({ kind }) => kind)).toEqual(effects as never);
  });
});

describe("which ends call for a restart", () => {
  const zero: End = { kind: "exit", status: 0, at: NOW };
  const one: End = { kind: "exit", status: 1, at: NOW };
  const killed: End = { kind: "signal", signal: "SIGKILL", at: NOW };
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
    const input: MonitorInput = { kind: "ended", end, reason: "it ended" };
    const { next, effects } = step({ ...RULES, restart_policy, oneshot }, PHASES.up, input, NOW);
    expect(effects.length).toBe(isRestarted ? 1 : 0);
    expect(next.phase).toBe(isRestarted ? "up" : "idle");
  });
});

test.each([
  ["on-failure", 143, [0, 143], 0],
  ["on-failure", 143, [0], 1],
  ["on-failure", 0, [143], 1],
  ["always", 143, [0, 143], 1],
] as const)(
  "%s, status %p, success_exit_codes %j: %p restarts",
  (restart_policy, status, codes, count) => {
    const rules = { ...RULES, restart_policy, success_exit_codes: codes };
    const end = { kind: "exit", status, at: NOW } as const;
    const { effects } = step(rules, PHASES.up, { kind: "ended", end, reason: "it ended" }, NOW);
    expect(effects.length).toBe(count);
  },
);

test.each([
  ["no", 0, "up", []],
  ["on-failure", 0, "up", [{ kind: "restart", reason: "used 2 GB of 1 GB", attempt: 1 }]],
  ["always", 1, "backoff", []],
  ["on-failure", 3, "gave_up", [{ kind: "gave_up", restarts: 3 }]],
] as const)(
  "too much memory, policy %s, after %p restarts: %s",
  (restart_policy, count, phase, done) => {
    const state: Supervision = { ...PHASES.up, count, last: count === 0 ? null : NOW - 100 };
    const { next, effects } = step({ ...RULES, restart_policy }, state, SIGHTS.exceeded, NOW);
    expect(next.phase).toBe(phase);
    expect(effects).toEqual([...done]);
  },
);

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
    expect(pause({ ...RULES, restart_backoff }, n)).toBe(wait);
  });

  test("the first is at once, the second waits from the first on", () => {
    const first = step(RULES, PHASES.up, CRASH, NOW);
    expect(first.effects).toEqual([{ kind: "restart", reason: "died", attempt: 1 }]);
    const second = step(RULES, first.next, CRASH, NOW + 100);
    expect(second.effects).toEqual([]);
    expect(wakeAt(second.next)).toBe(NOW + 2000);
    expect(step(RULES, second.next, { kind: "tick" }, NOW + 1999).effects).toEqual([]);
    const due = step(RULES, second.next, { kind: "tick" }, NOW + 2000);
    expect(due.effects).toEqual([{ kind: "restart", reason: "died", attempt: 2 }]);
  });
});

test("after max_restarts it gives up, and says so once", () => {
  const last: Supervision = { ...PHASES.up, count: 3, last: NOW - 90_000 };
  const { next, effects } = step(RULES, last, CRASH, NOW);
  expect(next.phase).toBe("gave_up");
  expect(effects).toEqual([{ kind: "gave_up", restarts: 3 }]);
  expect(step(RULES, next, CRASH, NOW).effects).toEqual([]);
});

test("max_restarts 0 has no limit", () => {
  const many: Supervision = { ...PHASES.up, count: 1000, last: NOW - 90_000 };
  expect(step({ ...RULES, max_restarts: 0 }, many, CRASH, NOW).effects[0]?.kind).toBe("restart");
});

test("60 s healthy begin the count again, a failed check in between doesn't", () => {
  const since = NOW - HEALTHY_PERIOD;
  const healthy: Supervision = { ...PHASES.up, count: 3, last: since, healthySince: since };
  expect(step(RULES, healthy, { kind: "tick" }, NOW - 1).next.count).toBe(3);
  expect(step(RULES, healthy, { kind: "tick" }, NOW).next.count).toBe(0);
  expect(step(RULES, healthy, CRASH, NOW).effects[0]).toMatchObject({
    kind: "restart",
    attempt: 1,
  });
  const shaken = step(RULES, healthy, SIGHTS.failed, NOW - 1000).next;
  expect(step(RULES, shaken, { kind: "tick" }, NOW).next.count).toBe(3);
});

test("health_retries failures in a row restart it, a pass in between begins their count again", () => {
  const once = step(RULES, PHASES.up, SIGHTS.failed, NOW).next;
  expect(step(RULES, once, SIGHTS.failed, NOW).effects.map(({ kind }) => kind)).toEqual([
    "check_failed",
    "restart",
  ]);
  const passed = step(RULES, once, SIGHTS.passed, NOW).next;
  expect(step(RULES, passed, SIGHTS.failed, NOW).effects.map(({ kind }) => kind)).toEqual([
    "check_failed",
  ]);
});

test("policy no: failed checks are reported, and nothing is restarted", () => {
  let state: Supervision = PHASES.up;
  for (let i = 0; i < 10; i++) {
    const result = step({ ...RULES, restart_policy: "no" }, state, SIGHTS.failed, NOW);
    expect(result.effects.map(({ kind }) => kind)).toEqual(["check_failed"]);
    state = result.next;
  }
});

const anySight = fc.oneof(
  ...Object.values(SIGHTS).map((input) => fc.constant<MonitorInput>(input)),
  fc.constant<MonitorInput>({
    kind: "ended",
    end: { kind: "exit", status: 0, at: 0 },
    reason: "done",
  }),
);
const anyRules = fc.record({
  restart_policy: fc.constantFrom("no", "on-failure", "always"),
  max_restarts: fc.integer({ min: 0, max: 4 }),
  restart_backoff: fc.constantFrom(0, 1, 1.5, 2, 10),
  health_retries: fc.integer({ min: 1, max: 3 }),
  oneshot: fc.boolean(),
  success_exit_codes: fc.subarray([0, 1, 143], { minLength: 1 }),
});
const anyStory = fc.array(fc.tuple(anySight, fc.integer({ min: 0, max: 70_000 })), {
  maxLength: 80,
});

test("whatever it sees, in whatever order, the rules of restarts hold", () => {
  fc.assert(
    fc.property(anyRules, anyStory, (someRules, story) => {
      let [state, time]: [Supervision, number] = [PHASES.idle, NOW];
      let [inARow, last]: [number, number | null] = [0, null];
      for (const [input, later] of story) {
        time += later;
        const { next, effects } = step(someRules, state, input, time);
        if (input.kind === "launched" || input.kind === "stopped" || next.count === 0) {
          [inARow, last] = [0, null];
        }
        for (const effect of effects) {
          if (effect.kind === "gave_up") expect(state.phase).not.toBe("gave_up");
          if (effect.kind !== "restart") continue;
          expect(input.kind).not.toBe("stopped");
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
        if (next.phase === "backoff" && input.kind === "tick") {
          expect(next.restartAt).toBeGreaterThan(time);
        }
        state = next;
      }
    }),
    { numRuns: 500 },
  );
});

const HOUR = 3_600_000;

describe("the clock was set since something was put on record", () => {
  const healthy: Supervision = { ...FRESH, phase: "up", failures: 0, healthySince: NOW };
  test.each<[what: string, recorded: Supervision, at: number, read: Supervision]>([
    ["nothing changes with time", PHASES.backoff, NOW, PHASES.backoff],
    [
      "back: no wait is longer than the longest",
      PHASES.backoff,
      NOW - HOUR,
      { ...PHASES.backoff, last: NOW - HOUR, restartAt: NOW - HOUR + 60_000 },
    ],
    [
      "back: it is healthy since now",
      healthy,
      NOW - HOUR,
      { ...healthy, healthySince: NOW - HOUR },
    ],
    ["forward: a restart is due", PHASES.backoff, NOW + HOUR, PHASES.backoff],
    [
      "back: given up is given up",
      PHASES.gave_up,
      NOW - HOUR,
      { ...PHASES.gave_up, last: NOW - HOUR },
    ],
  ])("%s", (_, recorded, at, read) => expect(bounded(recorded, at)).toEqual(read));

  test("and to another clock and back is the same", () => {
    for (const state of [...Object.values(PHASES), healthy])
      expect(shifted(shifted(state, HOUR), -HOUR)).toEqual(state);
    expect(shifted(PHASES.backoff, 5)).toMatchObject({ last: NOW - 495, restartAt: NOW + 1505 });
  });
});
