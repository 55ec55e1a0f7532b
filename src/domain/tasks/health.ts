import type { Health } from "./lifecycle.ts";

/** The readiness of a launch; `null` for a check that the config doesn't have. */
export interface Readiness {
  /** The newest result of the health check. */
  check: boolean | null;
  /** The check has passed since the launch. */
  passedBefore: boolean;
  /** A line of output has matched `ready_log`. */
  log: boolean | null;
}

/** A launch is healthy if both its check passes and a line has matched `ready_log`. */
export function healthOf({ check, passedBefore, log }: Readiness): Health {
  if (check === null && log === null) return "none";
  const passes = check !== false && log !== false;
  if (passes) return "passes";
  return log !== false && passedBefore ? "fails" : "waiting";
}

/**
 * Whether a launch is in its `health_start_period`, in which failed checks don't count. The first check that passes ends the
 * period, as with docker. Times in epoch ms.
 */
export function isInStartPeriod(
  { health_start_period }: { health_start_period: number },
  { launchedAt, hasPassed }: { launchedAt: number | null; hasPassed: boolean },
  now: number,
): boolean {
  if (health_start_period === 0 || hasPassed || launchedAt === null) return false;
  // The clock may have been set back since the launch.
  const age = Math.max(0, now - launchedAt);
  return age < health_start_period * 1000;
}

/** First pause between two probes, ms; short, so that readiness is noticed quickly. */
const FIRST_PAUSE = 100;
const GROWTH = 1.5;
const LONGEST_PAUSE = 1000;

/**
 * The pause after the n-th probe (from 1) of a task that isn't ready, ms; `interval` is its `health_interval` in seconds.
 */
export function probePause(probes: number, interval: number): number {
  const most = Math.min(LONGEST_PAUSE, interval * 1000);
  return Math.min(FIRST_PAUSE * GROWTH ** (probes - 1), most);
}
