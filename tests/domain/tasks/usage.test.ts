import { expect, test } from "bun:test";
import {
  cpuPercent,
  type ProcessUsage,
  sortedByUsage,
  totalOf,
  type UsageReading,
} from "../../../src/domain/tasks/usage.ts";

const ONE: ProcessUsage = { cpu: 120, memory: 4096, threads: 2 };

test.each([
  ["no process", [], { cpu: 0, memory: 0, threads: 0, count: 0 }],
  ["one process", [ONE], { ...ONE, count: 1 }],
  ["several", [ONE, ONE, ONE], { cpu: 360, memory: 12_288, threads: 6, count: 3 }],
  [
    "one whose threads are unknown",
    [ONE, { ...ONE, threads: null }, ONE],
    { cpu: 360, memory: 12_288, threads: null, count: 3 },
  ],
] as const)("the total of %s", (_what, usages, expected) => {
  expect(totalOf(usages)).toEqual(expected);
});

const reading = (at: number, cpus: Record<string, number>, threads: number | null = 1) =>
  ({
    at,
    processes: new Map(
      Object.entries(cpus).map(([key, cpu]) => [key, { cpu, memory: 0, threads }]),
    ),
  }) satisfies UsageReading;

test.each([
  ["half of the time", reading(0, { a: 100 }), reading(2000, { a: 1100 }), 50],
  ["two processes", reading(0, { a: 0, b: 0 }), reading(1000, { a: 1000, b: 500 }), 150],
  ["nothing", reading(0, { a: 100 }), reading(2000, { a: 100 }), 0],
  ["a third", reading(0, { a: 0 }), reading(3000, { a: 1000 }), 33.3],
  ["no processes", reading(0, {}), reading(2000, {}), 0],
  ["a process that ended", reading(0, { a: 900, b: 0 }), reading(1000, { b: 100 }), 10],
  ["a new process", reading(0, {}), reading(1000, { a: 300 }), 30],
  ["an old process that was not seen before", reading(0, {}), reading(1000, { a: 90_000 }), 100],
  ["such a one with threads", reading(0, {}), reading(1000, { a: 90_000 }, 3), 300],
  ["the first reading", null, reading(1000, { a: 300 }), null],
  ["a reading at the same time", reading(5, { a: 1 }), reading(5, { a: 2 }), null],
] as const)("the CPU's share of %s", (_what, before, now, percent) => {
  expect(cpuPercent(before, now)).toBe(percent);
});

const measured = (
  name: string,
  cpu_percent: number | null,
  cpu_seconds: number,
  memory: number,
) => ({
  name,
  cpu_percent,
  cpu_seconds,
  memory_bytes: memory,
});

test.each([
  [null, "web api db"],
  ["name", "api db web"],
  ["cpu", "db web api"],
  ["memory", "api web db"],
] as const)("the order by %s is %s", (order, names) => {
  const tasks = [measured("web", 0, 9, 5), measured("api", null, 1, 7), measured("db", 3, 0, 1)];
  expect(sortedByUsage(tasks, order).map(({ name }) => name)).toEqual(names.split(" "));
});
