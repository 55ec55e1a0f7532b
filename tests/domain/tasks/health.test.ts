import { expect, test } from "bun:test";
import {
  healthOf,
  isInStartPeriod,
  probePause,
  type Readiness,
} from "../../../src/domain/tasks/health.ts";
import type { Health } from "../../../src/domain/tasks/lifecycle.ts";

const ROWS: [check: boolean | null, passedBefore: boolean, log: boolean | null, health: Health][] =
  [
    [null, false, null, "none"],
    [true, true, null, "passes"],
    [true, false, null, "passes"],
    [false, false, null, "waiting"],
    [false, true, null, "fails"],
    [null, false, true, "passes"],
    [null, false, false, "waiting"],
    [true, true, false, "waiting"],
    [false, true, true, "fails"],
    [false, false, true, "waiting"],
    [true, true, true, "passes"],
    // It was never ready: the line hasn't come, whatever the check says.
    [false, true, false, "waiting"],
  ];

test.each(ROWS)("check %p, passed before %p, log %p: %s", (check, passedBefore, log, health) => {
  expect(healthOf({ check, passedBefore, log } satisfies Readiness)).toBe(health);
});

const LAUNCHED = 1_000_000;

test.each([
  ["without a period", 0, 0, false, false],
  ["at the launch", 30, 0, false, true],
  ["just before its end", 30, 29_999, false, true],
  ["at its end", 30, 30_000, false, false],
  ["after a check has passed", 30, 10, true, false],
  ["a part of a second", 0.5, 499, false, true],
  ["with a clock that was set back", 30, -60_000, false, true],
])("the start period %s", (_what, health_start_period, age, hasPassed, isIn) => {
  const launch = { launchedAt: LAUNCHED, hasPassed };
  expect(isInStartPeriod({ health_start_period }, launch, LAUNCHED + age)).toBe(isIn);
});

test("a launch of unknown time has no start period", () => {
  const launch = { launchedAt: null, hasPassed: false };
  expect(isInStartPeriod({ health_start_period: 30 }, launch, LAUNCHED)).toBe(false);
});

test("probes come soon and often at first, then once a second", () => {
  const pauses = Array.from({ length: 12 }, (_, index) => probePause(index + 1, 10));
  expect(pauses[0]).toBe(100);
  expect(pauses.at(-1)).toBe(1000);
  expect(pauses).toEqual(pauses.toSorted((a, b) => a - b));
});

test("probes never come more rarely than health_interval says", () => {
  const pauses = Array.from({ length: 12 }, (_, index) => probePause(index + 1, 0.3));
  expect([pauses[0], pauses.at(-1)]).toEqual([100, 300]);
  expect(probePause(1, 0.02)).toBe(20);
});
