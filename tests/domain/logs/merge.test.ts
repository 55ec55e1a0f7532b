import { describe, expect, test } from "bun:test";
import { fc } from "../../helpers/property.ts";
import { type LogEntry, mergeLogs, take } from "../../../src/domain/logs/merge.ts";

const times = fc
  .array(fc.integer({ min: 0, max: 9 }), { maxLength: 8 })
  .map((list) => list.sort((a, b) => a - b));
const logsOf = (lists: number[][]): LogEntry[][] =>
  lists.map((list, task) =>
    list.map((time, offset) => ({
      task: `t${task}`,
      stamp: `2024-01-01T00:00:00.00${time}`,
      text: "",
      offset,
    })),
  );
const iterators = (logs: LogEntry[][]) => logs.map((log) => log[Symbol.iterator]());

describe("several logs are one stream", () => {
  test("in time order, and at the same time in the order of the logs", () => {
    fc.assert(
      fc.property(fc.array(times, { maxLength: 5 }), (lists) => {
        const logs = logsOf(lists);
        const sorted = logs
          .flat()
          .sort((a, b) => (a.stamp < b.stamp ? -1 : a.stamp > b.stamp ? 1 : 0));
        expect([...mergeLogs(iterators(logs), "oldest first")]).toEqual(sorted);
      }),
    );
  });

  test("newest first is the exact reverse", () => {
    fc.assert(
      fc.property(fc.array(times, { maxLength: 5 }), (lists) => {
        const logs = logsOf(lists);
        const forward = [...mergeLogs(iterators(logs), "oldest first")];
        const backward = [
          ...mergeLogs(iterators(logs.map((log) => log.toReversed())), "newest first"),
        ];
        expect(backward.toReversed()).toEqual(forward);
      }),
    );
  });

  test("of which no more is read than is taken", () => {
    let read = 0;
    function* endless(): Generator<LogEntry, void> {
      for (;;) yield { task: "t", stamp: String(read++).padStart(9, "0"), text: "", offset: read };
    }
    expect([...take(mergeLogs([endless(), endless()], "oldest first"), 5)]).toHaveLength(5);
    expect(read).toBeLessThanOrEqual(7);
  });
});

test("take(0) reads nothing, take(null) everything", () => {
  expect([...take([1, 2], 0)]).toEqual([]);
  expect([...take([1, 2, 3], null)]).toEqual([1, 2, 3]);
});
