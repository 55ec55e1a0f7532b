import { expect, test } from "bun:test";
import type { Context } from "../../../src/app/context.ts";
import { Probing, Settling, settlesIn } from "../../../src/app/tasks/readiness.ts";
import type { ProcessActivity } from "../../../src/domain/tasks/settling.ts";
import type { Task } from "../../../src/domain/config/config.ts";

const TASK = { name: "web" } as Task;
const NOW = 1_000_000;

/** What is on record of a launch, and the clocks. */
const context = (
  recordedAt: number,
  launchedAt: number | null,
  monotonic = () => 0,
  activityOf: () => ProcessActivity | null = () => null,
) =>
  ({
    state: {
      task: () => ({ runs: { recordedAt: () => recordedAt }, memory: () => ({ launchedAt }) }),
    },
    now: () => NOW,
    monotonic,
    activityOf,
  }) as unknown as Context;

test.each([
  ["just launched", NOW, NOW, 30],
  ["10 ms ago", NOW - 10, NOW - 12, 20],
  ["long ago", NOW - 5000, NOW - 5000, 0],
  ["just launched, on a file system that is 10 s ahead", NOW + 10_000, NOW, 30],
  ["long ago, on a file system that is an hour ahead", NOW + 3_600_000, NOW - 5000, 30],
  ["just launched, on a file system that is behind", NOW - 10_000, NOW, 30],
  ["before the clock was set back", NOW + 3_600_000, NOW + 3_600_000, 30],
])("launched %s", (_, recordedAt, launchedAt, expected) => {
  expect(settlesIn(context(recordedAt, launchedAt), TASK)).toBe(expected);
});

test("a process that is looked at settles once, whatever the time of its record", () => {
  let at = 0;
  const ctx = context(NOW + 10_000, NOW, () => at);
  const settling = new Settling();
  const look = (time: number, run = "a"): boolean => {
    at = time;
    return settling.isOver(ctx, TASK, run, 4242);
  };
  expect([look(0), look(29), look(30), look(60)]).toEqual([false, false, true, true]);
  expect([look(70, "b"), look(99, "b"), look(100, "b")]).toEqual([false, false, true]);
});

test("a process that waits for a processor hasn't settled, however long that takes", () => {
  let at = 0;
  let activity: ProcessActivity | null = { state: "R", cpu: 0 };
  const ctx = context(
    NOW,
    NOW,
    () => at,
    () => activity,
  );
  const settling = new Settling();
  const look = (time: number, now: ProcessActivity | null, run = "a"): boolean => {
    [at, activity] = [time, now];
    return settling.isOver(ctx, TASK, run, 4242);
  };
  const waiting = { state: "R", cpu: 20 };
  expect([look(0, waiting), look(30, waiting), look(9000, waiting)]).toEqual([false, false, false]);
  expect(look(9010, { state: "S", cpu: 20 })).toBe(true);
  // It was settled once; what it waits for later says nothing.
  expect([look(9020, waiting), look(9030, waiting, "b")]).toEqual([true, false]);
});

test("a check that can't be made at all is no success, is said, and is asked again", async () => {
  let at = 0;
  const answers = [
    () => Promise.reject(Object.assign(new Error(), { code: "EMFILE", syscall: "open" })),
    async () => ({ ok: true, reason: null }),
  ];
  const ctx = {
    state: { task: () => ({ launchOf: () => ({}), recordHealth: () => {} }) },
    ports: { addresses: { of: (task: Task) => task } },
    runProbe: () => answers.shift()!(),
    now: () => NOW,
    monotonic: () => at,
  } as unknown as Context;
  const health_check = "true";
  const probing = new Probing(ctx, { ...TASK, health_check, health_interval: 1 });
  const look = async (time: number) => {
    at = time;
    probing.proceed("a");
    await probing.underWay;
    return { latest: probing.latest, reason: probing.reason };
  };
  expect(await look(0)).toEqual({
    latest: false,
    reason: "Can't open a file: this process has too many files open",
  });
  expect(await look(1000)).toEqual({ latest: true, reason: null });
});
