import type { End } from "./lifecycle.ts";
import { isSuccess } from "./lifecycle.ts";

/** The restart settings of a task's config. Times in seconds. */
export interface RestartRules {
  restart_policy: "no" | "on-failure" | "always";
  /** 0: no limit. */
  max_restarts: number;
  restart_backoff: number;
  health_retries: number;
  oneshot: boolean;
  success_exit_codes: readonly number[];
}

/** Restarts in a row, and the time of the last one (epoch ms). Both are reset after 60 s healthy. */
export interface Restarts {
  count: number;
  last: number | null;
}

/** A monitor's state for one task; each phase has only the fields that it needs. */
export type Supervision = Restarts & Phase;
type Phase =
  /** Nothing to watch: not wanted, never started, or ended in a way that the policy doesn't restart. */
  | { phase: "idle" }
  /**
   * Its process is running. `failures`: health checks failed in a row; `healthySince`: start of the current healthy period.
   */
  | { phase: "up"; failures: number; healthySince: number | null }
  /** Ended; will be launched again at `restartAt`. */
  | { phase: "backoff"; restartAt: number; reason: string }
  /** `max_restarts` is reached. */
  | { phase: "gave_up" };

/** The input of the state machine. `tick`: time has passed. */
export type MonitorInput =
  | { kind: "launched" }
  | { kind: "ended"; end: End; reason: string }
  | { kind: "passed" }
  | { kind: "failed"; reason: string }
  /** It uses too much memory. */
  | { kind: "exceeded"; reason: string }
  | { kind: "stopped" }
  | { kind: "tick" };

/** An action of the monitor. */
export type Effect =
  | { kind: "restart"; reason: string; attempt: number }
  | { kind: "check_failed"; reason: string; attempt: number }
  | { kind: "became_healthy" }
  | { kind: "gave_up"; restarts: number };

export interface Step {
  next: Supervision;
  effects: Effect[];
}

/** After this time healthy, ms, the count of restarts is reset. */
export const HEALTHY_PERIOD = 60_000;

/** Maximum pause between restarts, seconds. */
const LONGEST_BACKOFF = 60;

/*
 *              launched              ended, policy says no
 *      idle ─────────────> up ───────────────────────────────> idle
 *                          │ ^
 *   ended, too many        │ │ restart (first: at once; n-th: backoff^(n-1) s after the one before)
 *   failures, too much     │ │
 *   memory; policy: yes    v │
 *                        backoff ──── max_restarts reached ──> gave_up
 *
 *   stopped: any ──> idle        launched (by the user): any ──> up, and the count is reset
 */

/** The state machine of supervision: pure, and defined for every phase and input. */
export function step(
  rules: RestartRules,
  state: Supervision,
  input: MonitorInput,
  now: number,
): Step {
  switch (input.kind) {
    case "launched":
      return stay({ ...NO_RESTARTS, phase: "up", failures: 0, healthySince: null });
    case "stopped":
      return stay({ ...NO_RESTARTS, phase: "idle" });
    case "ended":
      return ended(rules, state, input, now);
    case "passed":
      return state.phase === "up" ? passed(state, now) : stay(state);
    case "failed":
      return state.phase === "up" ? failed(rules, state, input.reason, now) : stay(state);
    case "exceeded":
      return state.phase === "up" ? exceeded(rules, state, input.reason, now) : stay(state);
    case "tick":
      return ticked(state, now);
  }
}

const NO_RESTARTS: Restarts = { count: 0, last: null };
const stay = (next: Supervision): Step => ({ next, effects: [] });
const countOf = ({ count, last }: Supervision): Restarts => ({ count, last });

function ended(
  rules: RestartRules,
  state: Supervision,
  { end, reason }: { end: End; reason: string },
  now: number,
): Step {
  // The same end seen again changes nothing: the restart is already scheduled, or given up.
  if (state.phase === "backoff" || state.phase === "gave_up") return stay(state);
  if (!callsForRestart(rules, end)) return stay({ ...countOf(state), phase: "idle" });
  return restart(rules, settled(state, now), reason, now);
}

/** Whether the restart policy restarts a task after such an end. */
export function callsForRestart(rules: RestartRules, end: End): boolean {
  const { restart_policy, oneshot, success_exit_codes } = rules;
  if (restart_policy === "no") return false;
  if (isSuccess(end, success_exit_codes)) return restart_policy === "always" && !oneshot;
  return true;
}

/** Resets the count of restarts if the task was healthy long enough before it ended. */
function settled(state: Supervision, now: number): Restarts {
  const isSettled =
    state.phase === "up" &&
    state.healthySince !== null &&
    now - state.healthySince >= HEALTHY_PERIOD;
  return isSettled ? NO_RESTARTS : countOf(state);
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

/**
 * The pause between the restart before and the n-th in a row, ms: `restart_backoff ^ (n-1)` s, at most 60; none before the
 * first.
 */
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
  const failed: Effect = { kind: "check_failed", reason, attempt: failures };
  const next: Supervision = { ...state, failures, healthySince: null };
  if (failures < rules.health_retries || rules.restart_policy === "no") {
    return { next, effects: [failed] };
  }
  const because = `${failures} health checks failed in a row: ${reason}`;
  const { next: after, effects } = restart(rules, settled(state, now), because, now);
  return { next: after, effects: [failed, ...effects] };
}

/** Its process runs, and is ended if the policy restarts it. */
function exceeded(
  rules: RestartRules,
  state: Supervision & { phase: "up" },
  reason: string,
  now: number,
): Step {
  if (rules.restart_policy === "no") return stay(state);
  return restart(rules, settled(state, now), reason, now);
}

function ticked(state: Supervision, now: number): Step {
  if (state.phase === "backoff" && now >= state.restartAt) return relaunch(state, now);
  return stay(state.phase === "up" ? { ...state, ...settled(state, now) } : state);
}

/** Moves all times by `by` ms, to another clock. */
export function shifted(state: Supervision, by: number): Supervision {
  const moved = (at: number | null): number | null => (at === null ? null : at + by);
  const restarts = { ...state, last: moved(state.last) };
  if (restarts.phase === "up") return { ...restarts, healthySince: moved(restarts.healthySince) };
  if (restarts.phase === "backoff") return { ...restarts, restartAt: restarts.restartAt + by };
  return restarts;
}

/** Corrects recorded times after the clock was set: no past event is in the future, and no pause exceeds the maximum. */
export function bounded(state: Supervision, now: number): Supervision {
  const past = (at: number | null): number | null => (at === null ? null : Math.min(at, now));
  const restarts = { ...state, last: past(state.last) };
  if (restarts.phase === "up") return { ...restarts, healthySince: past(restarts.healthySince) };
  if (restarts.phase !== "backoff") return restarts;
  return { ...restarts, restartAt: Math.min(restarts.restartAt, now + LONGEST_BACKOFF * 1000) };
}

/** When time alone changes the state, epoch ms; null if it doesn't. */
export function wakeAt(state: Supervision): number | null {
  return state.phase === "backoff" ? state.restartAt : null;
}
