import { expect, test } from "bun:test";
import { healthOf, probePause, type Readiness } from "../../src/domain/health.ts";
import type { Health } from "../../src/domain/lifecycle.ts";

const rows: [check: boolean | null, passedBefore: boolean, log: boolean | null, health: Health][] =
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

test.each(rows)("check %p, passed before %p, log %p: %s", (check, passedBefore, log, health) => {
  expect(healthOf({ check, passedBefore, log } satisfies Readiness)).toBe(health);
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
