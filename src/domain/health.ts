import type { Health } from "./lifecycle.ts";

/** What is known of a launch's readiness; `null` where the config asks for no such thing. */
export interface Readiness {
  /** The newest result of the health check. */
  check: boolean | null;
  /** The check has passed since the launch. */
  passedBefore: boolean;
  /** A line of output has matched `ready_log`. */
  log: boolean | null;
}

/** Both must hold: the check, and a line that matches `ready_log`. */
export function healthOf({ check, passedBefore, log }: Readiness): Health {
  if (check === null && log === null) return "none";
  const passes = check !== false && log !== false;
  if (passes) return "passes";
  return log !== false && passedBefore ? "fails" : "waiting";
}

/** First wait between two probes, ms: readiness is noticed when it comes. */
const FIRST_PAUSE = 100;
const GROWTH = 1.5;
const LONGEST_PAUSE = 1000;

/** How long to wait after the n-th probe (from 1) of a task that isn't ready, ms; `interval` is its own, in seconds. */
export function probePause(probes: number, interval: number): number {
  const most = Math.min(LONGEST_PAUSE, interval * 1000);
  return Math.min(FIRST_PAUSE * GROWTH ** (probes - 1), most);
}
