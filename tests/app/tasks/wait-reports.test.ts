import { expect, test } from "bun:test";
import { WaitReports } from "../../../src/app/tasks/wait-reports.ts";
import type { Progress } from "../../../src/domain/tasks/progress.ts";

const waiting = (reason: string) => ({ kind: "waiting", task: "web", reason }) as const;
const change = (reason: string | null) => ({ kind: "waits_for", task: "web", reason }) as const;

const ROWS: [reasons: (string | null)[], reports: Progress[]][] = [
  [[null, null], []],
  [["a", "a"], [waiting("a")]],
  [
    [null, "a", "b", null, "b"],
    [waiting("a"), change("b"), change(null), change("b")],
  ],
];

test.each(ROWS)("the reasons %j are reported once, and then each change", (reasons, expected) => {
  const reports: Progress[] = [];
  const waits = new WaitReports({ report: (progress) => void reports.push(progress) }, "web");
  for (const reason of reasons) waits.tell(reason);
  expect(reports).toEqual(expected);
});
