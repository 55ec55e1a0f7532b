import type { Task } from "../../domain/config/config.ts";
import { healthOf } from "../../domain/tasks/health.ts";
import {
  type Observation,
  stateOf,
  type TaskProcess,
  type TaskState,
} from "../../domain/tasks/lifecycle.ts";
import { bounded, type Supervision } from "../../domain/tasks/supervision.ts";
import type { Context } from "../context.ts";
import type { TaskMemory } from "../../adapters/state/records.ts";
import type { TaskFiles } from "../../adapters/state/task-files.ts";

/** A task's state now, and the facts behind it. */
export interface TaskSnapshot extends Observation {
  memory: TaskMemory;
  state: TaskState;
  /** The monitor's state for this launch; null if none has watched it. */
  supervision: Supervision | null;
}

export const hasCheck = (task: Task): boolean =>
  task.health_check !== null || task.health_url !== null || task.health_tcp !== null;

/** The minimal observation: what the user wants, and the state of the process. */
export type TaskProcessState = Pick<TaskSnapshot, "memory" | "process" | "want">;

export function readProcessState(ctx: Context, task: Task): TaskProcessState {
  const { memory, process } = ctx.state.task(task.name).readRun();
  return { memory, want: memory.want, process };
}

/** Observes a task without running its check; `checkOk`: the newest result of the check, if any. */
export function observe(ctx: Context, task: Task, checkOk?: boolean): TaskSnapshot {
  const files = ctx.state.task(task.name);
  const { memory, process } = files.readRun();
  const recorded = files.supervision(memory.run);
  const supervision = recorded && bounded(recorded, ctx.now());
  const isBackoff = supervision?.phase === "backoff" && ctx.monitor() !== null;
  const seen: Observation = {
    want: memory.want,
    process,
    oneshot: task.oneshot,
    successCodes: task.success_exit_codes,
    wasStopped: memory.run !== null && memory.stoppedRun === memory.run,
    health: healthNow(files, task, memory.run, checkOk),
    act: files.act(),
    restartAt: isBackoff ? supervision.restartAt : null,
    gaveUp: supervision?.phase === "gave_up",
    isVoid: isVoidJob(files, task, process),
  };
  return { ...seen, memory, supervision, state: stateOf(seen) };
}

/** The line at which a running task may wait for an answer; null if there is none. */
export function waitsAt(
  ctx: Context,
  { name }: Task,
  { memory, process }: TaskProcessState,
): string | null {
  if (process.kind !== "alive" || memory.run === null) return null;
  return ctx.state.task(name).output.prompt(memory.run);
}

/**
 * A finished job counts only as long as its window exists: after a reboot, or the end of the tmux session, its result may
 * be outdated (a migration was pulled since).
 */
const isVoidJob = (files: TaskFiles, { oneshot }: Task, { kind }: TaskProcess): boolean =>
  oneshot && kind === "ended" && files.launcher() === null;

function healthNow(files: TaskFiles, task: Task, run: string | null, checkOk?: boolean) {
  if (run === null || (!hasCheck(task) && task.ready_log === null)) return "none";
  return healthOf({
    check: hasCheck(task) ? (checkOk ?? lastCheckOk(files, run)) : null,
    passedBefore: files.health.hasPassed(run),
    log: task.ready_log === null ? null : files.output.isReady(run),
  });
}

function lastCheckOk({ health }: TaskFiles, run: string): boolean {
  const last = health.last();
  return last?.run === run && last.ok;
}
