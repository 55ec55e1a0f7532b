import type { Why } from "../results/why.ts";

/** Events with which an earlier run, or an attempt, began or ended: what comes before them is of that one. */
const EARLIER_RUN = new Set([
  "task_started",
  "task_restarted",
  "task_refused",
  "task_exited",
  "task_stopped",
  "task_killed",
]);

/** How long before the launch its hook may have begun, ms. */
const HOOK_TIME = 30_000;

/** The events of the launch at `since` (ISO 8601): its hooks run before it, and its port is freed before it. */
export function eventsOfRun(events: Why["events"], since: string | null): Why["events"] {
  if (since === null) return events;
  const last = events.findLastIndex(({ event, ts }) => EARLIER_RUN.has(event) && ts < since);
  const first = Date.parse(since) - HOOK_TIME;
  return events.slice(last + 1).filter(({ ts }) => Date.parse(ts) >= first);
}
