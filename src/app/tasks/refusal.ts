import type { Task } from "../../domain/config/config.ts";
import type { Failure } from "../../domain/failure.ts";
import { refusedBySystem } from "../../domain/system-error.ts";
import type { Context } from "../context.ts";
import { readProcessState } from "./observe.ts";
import { isTmuxFailure } from "./session-refusals.ts";
import { tryToRemember } from "./try-to-record.ts";

/**
 * Records that a task could not be launched: it stays wanted, and `status` shows the reason. The lock must be held.
 */
export function refuse(ctx: Context, task: Task, { message: reason }: Failure): void {
  wantInVain(ctx, task, reason);
  ctx.record({ event: "task_refused", task: task.name, reason });
}

/**
 * The same for tasks that could not be launched because tmux failed, unless the session's records belong to another config.
 * Returns the failure. The lock must be held.
 */
export function refuseWithoutTmux(ctx: Context, tasks: Task[], failure: Failure): Failure {
  if (!isTmuxFailure(failure) || ctx.state.otherOwner() !== null) return failure;
  try {
    ctx.state.claim(ctx.project, false);
    for (const task of tasks) refuse(ctx, task, failure);
  } catch (error) {
    // A full disk: the failure of tmux is what the user must know.
    if (refusedBySystem(error) === null) throw error;
  }
  return failure;
}

/** The same without an event, if another event reports it. The lock must be held. */
export function wantInVain(ctx: Context, task: Task, reason: string): void {
  const { kind } = readProcessState(ctx, task).process;
  const isUp = kind === "alive" || kind === "pending";
  // How an earlier launch ended says nothing about this one, and no monitor may restart that launch.
  const gone = isUp ? {} : { run: null, refused: { reason, at: ctx.now() } };
  tryToRemember(ctx, "refusal", task.name, { want: "up", act: null, ...gone });
}
