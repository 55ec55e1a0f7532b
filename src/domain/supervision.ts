import type { End } from "./lifecycle.ts";
import { isSuccess } from "./lifecycle.ts";

/** What a task's config says of restarts. Times in seconds. */
export interface RestartRules {
  restart_policy: "no" | "on-failure" | "always";
  /** 0: no limit. */
  max_restarts: number;
  restart_backoff: number;
  health_retries: number;
  oneshot: boolean;
}

/** Restarts in a row, and when the last one was (epoch ms). They return to none after 60 s healthy. */
export interface Restarts {
  count: number;
  last: number | null;
}

/** What a monitor knows of a task; each phase holds only what is true in it. */
export type Supervision = Restarts & Phase;
type Phase =
  /** Nothing to watch: not wanted, never started, or ended in a way that calls for no restart. */
  | { phase: "idle" }
  /** Its process lives. `failures` of the health check in a row; healthy without a break since `healthySince`. */
  | { phase: "up"; failures: number; healthySince: number | null }
  /** Ended, and launched again at `restartAt`. */
  | { phase: "backoff"; restartAt: number; reason: string }
  /** `max_restarts` is reached. */
  | { phase: "gave_up" };

/** What a monitor sees. `tick`: time passes. */
export type Sight =
  | { kind: "launched" }
  | { kind: "ended"; end: End; reason: string }
  | { kind: "passed" }
  | { kind: "failed"; reason: string }
  | { kind: "stopped" }
  | { kind: "tick" };

/** What is to be done about it. */
export type Effect =
  | { kind: "restart"; reason: string; attempt: number }
  | { kind: "check_failed"; reason: string; attempt: number }
  | { kind: "became_healthy" }
  | { kind: "gave_up"; restarts: number };

export interface Step {
  next: Supervision;
  effects: Effect[];
}

/** A task that was healthy so long, ms, begins its count anew. */
export const HEALTHY_PERIOD = 60_000;

/** No wait is longer, seconds. */
const LONGEST_BACKOFF = 60;

/*
 *              launched              ended, policy says no
 *      idle ─────────────> up ───────────────────────────────> idle
 *                          │ ^
 *   ended or too many      │ │ restart (first: at once; n-th: backoff^(n-1) s after the one before)
 *   failures, policy: yes  v │
 *                        backoff ──── max_restarts reached ──> gave_up
 *
 *   stopped: any ──> idle        launched (by the user): any ──> up, and the count begins anew
 */

/** The one rule of supervision: pure, and complete for every phase and sight. */
export function step(rules: RestartRules, state: Supervision, sight: Sight, now: number): Step {
  switch (sight.kind) {
    case "launched":
      return stay({ ...none, phase: "up", failures: 0, healthySince: null });
    case "stopped":
      return stay({ ...none, phase: "idle" });
    case "ended":
      return ended(rules, state, sight, now);
    case "passed":
      return state.phase === "up" ? passed(state, now) : stay(state);
    case "failed":
      return state.phase === "up" ? failed(rules, state, sight.reason, now) : stay(state);
    case "tick":
      return ticked(state, now);
  }
}

const none: Restarts = { count: 0, last: null };
const stay = (next: Supervision): Step => ({ next, effects: [] });
const countOf = ({ count, last }: Supervision): Restarts => ({ count, last });

function ended(
  rules: RestartRules,
  state: Supervision,
  { end, reason }: { end: End; reason: string },
  now: number,
): Step {
  // What is seen twice changes nothing: a restart is due already, or never again.
  if (state.phase === "backoff" || state.phase === "gave_up") return stay(state);
  if (!callsForRestart(rules, end)) return stay({ ...countOf(state), phase: "idle" });
  return restart(rules, settled(state, now), reason, now);
}

/** Whether a task that ended so is restarted by its policy. */
export function callsForRestart({ restart_policy, oneshot }: RestartRules, end: End): boolean {
  if (restart_policy === "no") return false;
  if (isSuccess(end)) return restart_policy === "always" && !oneshot;
  return true;
}

/** Whoever was healthy long enough when it ended has no restarts in a row behind it. */
function settled(state: Supervision, now: number): Restarts {
  const isSettled =
    state.phase === "up" &&
    state.healthySince !== null &&
    now - state.healthySince >= HEALTHY_PERIOD;
  return isSettled ? none : countOf(state);
}

function restart(rules: RestartRules, restarts: Restarts, reason: string, now: number): Step {
  const { count, last } = restarts;
  if (rules.max_restarts > 0 && count >= rules.max_restarts) {
    return {
      next: { ...restarts, phase: "gave_up" },
      effects: [{ kind: "gave_up", restarts: count }],
    };
  }
  const restartAt = last === null ? now : Math.max(now, last + pause(rules, count + 1));
  const waiting: Supervision = { ...restarts, phase: "backoff", restartAt, reason };
  return restartAt <= now ? relaunch(waiting, now) : stay(waiting);
}

/** Between the restart before and the n-th in a row, ms: `restart_backoff ^ (n-1)` s, at most 60; none before the first. */
export function pause({ restart_backoff }: RestartRules, n: number): number {
  return n <= 1 ? 0 : Math.min(restart_backoff ** (n - 1), LONGEST_BACKOFF) * 1000;
}

function relaunch(state: Supervision & { phase: "backoff" }, now: number): Step {
  const attempt = state.count + 1;
  return {
    next: { count: attempt, last: now, phase: "up", failures: 0, healthySince: null },
    effects: [{ kind: "restart", reason: state.reason, attempt }],
  };
}

function passed(state: Supervision & { phase: "up" }, now: number): Step {
  const healthySince = state.healthySince ?? now;
  const effects: Effect[] = state.healthySince === null ? [{ kind: "became_healthy" }] : [];
  const next: Supervision = { ...settled(state, now), phase: "up", failures: 0, healthySince };
  return { next, effects };
}

function failed(
  rules: RestartRules,
  state: Supervision & { phase: "up" },
  reason: string,
  now: number,
): Step {
  const failures = state.failures + 1;
  const told: Effect = { kind: "check_failed", reason, attempt: failures };
  const next: Supervision = { ...state, failures, healthySince: null };
  if (failures < rules.health_retries || rules.restart_policy === "no") {
    return { next, effects: [told] };
  }
  const because = `${failures} health checks failed in a row: ${reason}`;
  const { next: after, effects } = restart(rules, settled(state, now), because, now);
  return { next: after, effects: [told, ...effects] };
}

function ticked(state: Supervision, now: number): Step {
  if (state.phase === "backoff" && now >= state.restartAt) return relaunch(state, now);
  return stay(state.phase === "up" ? { ...state, ...settled(state, now) } : state);
}

/** When time alone changes something, epoch ms; null if it doesn't. */
export function wakeAt(state: Supervision): number | null {
  return state.phase === "backoff" ? state.restartAt : null;
}
