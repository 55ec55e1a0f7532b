import { expect, test } from "bun:test";
import type { TaskStatus } from "../../../src/domain/results/results.ts";
import { totalsText } from "../../../src/domain/tasks/totals.ts";
import { statusItem } from "../../helpers/status-item.ts";

const up = statusItem();
const DOWN = { running: false, healthy: false } as const;
const done = statusItem({ ...DOWN, state: "exited", healthy: true });
const byHand = statusItem({ ...DOWN, state: "stopped", want: "down", auto_start: false });

test.each([
  ["all is well", [up, up, done, byHand], "2 of 2 running, 1 done, 1 manual"],
  ["several by hand", [up, byHand, byHand], "1 of 1 running, 2 manual"],
  ["one has failed", [up, statusItem({ ...DOWN, state: "failed" })], "1 of 2 running"],
  ["one was refused", [up, { ...byHand, want: "up" }], "1 of 2 running"],
  [
    "of other profiles",
    [up, { ...byHand, auto_start: true, profiles: ["front"] }],
    "1 of 1 running, 1 manual",
  ],
  ["one was stopped", [up, { ...byHand, auto_start: true }], "1 of 2 running"],
  ["one ended that was no job", [statusItem({ ...DOWN, state: "exited" })], "0 of 1 running"],
] satisfies [string, TaskStatus[], string][])("%s: %#", (_what, tasks, text) => {
  expect(totalsText(tasks)).toBe(text);
});
