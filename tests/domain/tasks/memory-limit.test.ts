import { expect, test } from "bun:test";
import {
  afterLook,
  type MemoryLooks,
  memoryReason,
  MOST_ABOVE,
} from "../../../src/domain/tasks/memory-limit.ts";

const LIMIT = 1000;

const look = (before: MemoryLooks | undefined, used: number, run = "a") =>
  afterLook(before, run, { used, limit: LIMIT });

test.each([
  ["above for the first time", undefined, 1001, "a", 1],
  ["above again", { run: "a", above: 1 }, 1001, "a", 2],
  ["at the limit", { run: "a", above: 2 }, 1000, "a", 0],
  ["below", { run: "a", above: 2 }, 10, "a", 0],
  ["above in a new launch", { run: "a", above: 2 }, 5000, "b", 1],
])("a look that finds a task %s", (_what, before, used, run, above) => {
  expect(look(before, used, run)).toEqual({ run, above });
});

test("it takes that many looks in a row", () => {
  let looks: MemoryLooks | undefined;
  for (const used of [2000, 2000, 500, 2000, 2000, 2000]) looks = look(looks, used);
  expect(looks?.above).toBe(MOST_ABOVE);
});

const [KB, MB, GB] = [1024, 1024 ** 2, 1024 ** 3];

test.each([
  [1.2 * GB, GB, "used 1.2 GB of 1 GB"],
  [2 * GB, 1.5 * GB, "used 2 GB of 1.5 GB"],
  [GB + 20 * MB, GB, "used 1.02 GB of 1 GB"],
  [GB, 900 * MB, "used 1 GB of 900 MB"],
  [300 * KB, 256 * KB, "used 300 KB of 256 KB"],
  [700, 512, "used 700 bytes of 512 bytes"],
  [3 * 1024 * GB, 2048 * GB, "used 3 TB of 2 TB"],
])("%p bytes of %p", (used, limit, reason) => {
  expect(memoryReason(used, limit)).toBe(reason);
});
