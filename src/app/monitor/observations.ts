import type { Task } from "../../domain/config/config.ts";
import { isInStartPeriod } from "../../domain/tasks/health.ts";
import { describeEnd, type End } from "../../domain/tasks/lifecycle.ts";
import { type MonitorInput, type Supervision, wakeAt } from "../../domain/tasks/supervision.ts";
import type { Context } from "../context.ts";
import { hasCheck, type TaskProcessState, type TaskSnapshot } from "../tasks/observe.ts";
import { settlesIn } from "../tasks/readiness.ts";
import { CheckSchedule } from "./check-schedule.ts";
import type { HealthRecord } from "../../adapters/state/records.ts";

/**
 * A launch that its launcher has not acknowledged after this time, ms, may be lost: the command may have died before it
 * had sent it to the launcher.
 */
const LAUNCH_ACK_TIMEOUT = 2000;

/** The loop's state of a task. */
export interface Watch {
  task: Task;
  run: string | null;
  supervision: Supervision;
  /** A restart is in progress: the next observation waits for its end. */
  isBusy: boolean;
  readonly checks: CheckSchedule;
  /** When a new process counts as running, by the loop's clock. */
  settlesAt: number | null;
  /** The last reported problem of recording, to report it once. */
  reported: string | null;
}

/** A task before its first observation. */
export const unseen = (task: Task): Watch => ({
  task,
  run: null,
  supervision: { count: 0, last: null, phase: "idle" },
  isBusy: false,
  checks: new CheckSchedule(),
  settlesAt: null,
  reported: null,
});

/** The end of a process that was not observed. */
export const LOST: End = { kind: "lost" };

/** A launch or a restart that its command has abandoned. */
export const givenUp = (what: string, end: End): MonitorInput => ({
  kind: "ended",
  end,
  reason: `its ${what} was given up`,
});

/** Whether this launch still runs, is wanted, and is the one that is watched. */
export function isCurrent(
  watch: Watch,
  { memory, process, want }: TaskProcessState,
  run: string,
): boolean {
  if (watch.isBusy || memory.run !== run || watch.run !== run) return false;
  return process.kind === "alive" && want === "up";
}

/** When time alone changes the state, by the loop's clock. */
export const timerOf = ({ supervision, settlesAt }: Watch): number =>
  Math.min(wakeAt(supervision) ?? Infinity, settlesAt ?? Infinity);

/** Whether another command is acting on the task and has not finished; it may have died. */
export function isOwnedByAnotherCommand(
  { supervision }: Watch,
  seen: TaskSnapshot,
  now: number,
): boolean {
  const { process, want, wasStopped, memory } = seen;
  if (process.kind === "pending")
    return Math.abs(now - (memory.launchedAt ?? now)) > LAUNCH_ACK_TIMEOUT;
  return process.kind === "ended" && want === "up" && wasStopped && supervision.phase === "up";
}

/** Whether a launch has not passed its check yet, within its `start_timeout`. */
export function isStarting(
  ctx: Context,
  { task, run, supervision }: Watch,
  { memory }: TaskProcessState,
): boolean {
  if (run === null || supervision.phase !== "up" || supervision.healthySince !== null) return false;
  const { health } = ctx.state.task(task.name);
  const age = ctx.now() - (memory.launchedAt ?? 0);
  return age < task.start_timeout * 1000 && health.passedAt(run) === null;
}

/** The inputs that follow from a new observation. */
export function* inputsOf(
  { supervision, task, settlesAt }: Watch,
  seen: TaskSnapshot,
): Generator<MonitorInput> {
  if (seen.want === "down") {
    if (supervision.phase !== "idle") yield { kind: "stopped" };
    return;
  }
  const { process } = seen;
  if (process.kind === "ended" && supervision.phase === "up") {
    yield { kind: "ended", end: process.end, reason: describeEnd(process.end) };
  } else if (seen.state === "running" && supervision.phase === "up" && !hasCheck(task)) {
    if (supervision.healthySince === null && settlesAt === null) yield { kind: "passed" };
  }
  yield { kind: "tick" };
}

/**
 * When a new process counts as running, as for `start`: being alive means nothing at first. Null: it has settled, or
 * something else decides.
 */
export function settlesAt(
  ctx: Context,
  watch: Watch,
  { health, process }: TaskSnapshot,
  now: number,
): number | null {
  const { task, supervision } = watch;
  const isNew = supervision.phase === "up" && supervision.healthySince === null;
  if (!isNew || health !== "none" || process.kind !== "alive" || task.oneshot) return null;
  const at = watch.settlesAt ?? now + settlesIn(ctx, task);
  return at > now ? at : null;
}

/** The input that follows from a check; a failure in the start period counts for nothing. A passing check isn't enough if `ready_log` must match too. */
export function checkInput(
  ctx: Context,
  task: Task,
  { run, ok, reason }: HealthRecord,
): MonitorInput {
  const files = ctx.state.task(task.name);
  if (!ok) {
    const { launchedAt } = files.memory();
    const launch = { launchedAt, hasPassed: files.health.hasPassed(run) };
    if (isInStartPeriod(task, launch, ctx.now())) return { kind: "tick" };
    return { kind: "failed", reason: reason ?? "failed" };
  }
  const isReady = task.ready_log === null || files.output.isReady(run);
  return isReady ? { kind: "passed" } : { kind: "tick" };
}
