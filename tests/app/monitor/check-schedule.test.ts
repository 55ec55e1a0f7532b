import { expect, test } from "bun:test";
import { CheckSchedule, dueIn } from "../../../src/app/monitor/check-schedule.ts";
import type { Task } from "../../../src/domain/config/config.ts";

const TASK = { health_interval: 10 } as Task;

test("checks follow each other by the interval, never two at a time", () => {
  const checks = new CheckSchedule();
  expect(checks.begin(TASK, 0)).toBeNull();
  checks.plan(1000, 0);
  checks.plan(3000, 500);
  expect(checks.deadline()).toBe(1000);
  expect(checks.begin(TASK, 999)).toBeNull();
  expect(checks.begin(TASK, 1000)).toBe("due");
  expect(checks.deadline()).toBeNull();
  expect(checks.begin(TASK, 20_000)).toBeNull();
  checks.end();
  expect(checks.deadline()).toBe(11_000);
});

test("checks that are due close to each other begin together", () => {
  const [one, other] = [new CheckSchedule(), new CheckSchedule()];
  one.plan(1001, 0);
  other.plan(1024, 0);
  expect([one.deadline(), other.deadline()]).toEqual([1025, 1025]);
});

test("a change of the interval or the launch plans a check from the start", () => {
  const checks = new CheckSchedule();
  checks.plan(1000, 0);
  checks.forget();
  expect(checks.deadline()).toBeNull();
  checks.plan(3000, 0);
  expect(checks.deadline()).toBe(3000);
  checks.plan(null, 0);
  expect(checks.deadline()).toBeNull();
});

test("a starting task has early checks, less and less often, that delay no due one", () => {
  const checks = new CheckSchedule();
  checks.plan(1000, 0);
  const asked: number[] = [];
  for (let now = 0; asked.length < 3; checks.end()) {
    checks.planEarly(true, TASK, now);
    now = checks.deadline()!;
    expect(checks.begin(TASK, now)).toBe("early");
    asked.push(now);
  }
  expect(asked).toEqual([100, 250, 475]);
  checks.planEarly(true, TASK, 700);
  expect(checks.begin(TASK, 1050)).toBe("due");
  checks.end();
  checks.planEarly(false, TASK, 1100);
  expect(checks.deadline()).toBe(11_050);
});

const LAUNCHES: [launchedAt: number | null, now: number, due: number][] = [
  [null, 50_000, 10_000],
  [50_000, 50_000, 10_000],
  [46_000, 50_000, 6000],
  [1000, 50_000, 0],
  [90_000, 50_000, 10_000],
];

test.each(LAUNCHES)("a launch at %p is checked first, at %p, in %p ms", (launchedAt, now, due) => {
  expect(dueIn(TASK, launchedAt, now)).toBe(due);
});
