import { type End, endedAt, hasExitedWithZero } from "../../domain/tasks/lifecycle.ts";
import type { Context } from "../context.ts";
import type { Task } from "../../domain/config/config.ts";
import { detached, leftBehind } from "../tasks/left-behind.ts";
import { readProcessState } from "../tasks/observe.ts";
import { exitOf } from "../tasks/examine.ts";
import { healthySince } from "./healthy-since.ts";
import type { Watch } from "./observations.ts";

/** Records the end of a task's process, with the time of the end. */
export function recordEnd(ctx: Context, task: string, end: End): void {
  const { exit_code, exit_signal: signal } = exitOf(end);
  const { launchedAt } = ctx.state.task(task).memory();
  const at = endedAt(end, launchedAt, ctx.now());
  ctx.record({ event: "task_exited", task, exit_code, signal }, at);
}

/** Records the end of a watched run; later, whether the task went to the background. */
export function recordEndOfRun(
  ctx: Context,
  { task, run }: Pick<Watch, "task" | "run">,
  end: End,
  onError: (error: unknown) => void,
): void {
  recordEnd(ctx, task.name, end);
  if (hasExitedWithZero(end) && !task.oneshot) void recordBackground(ctx, task, run).catch(onError);
}

/** Records that a task went to the background, unless it was launched again or stopped since the end of this run. */
async function recordBackground(ctx: Context, task: Task, run: string | null): Promise<void> {
  const left = await leftBehind(ctx, task);
  const { memory, want } = readProcessState(ctx, task);
  if (left.length > 0 && memory.run === run && want === "up") ctx.record(detached(task, left));
}

/** Records that a task's health check failed. */
export function recordFailure(
  ctx: Context,
  task: string,
  { attempt, reason }: { attempt: number; reason: string },
): void {
  ctx.record({ event: "health_check_failed", task, attempt, reason });
}

/** Records that a task became healthy, with the time of that. */
export function recordHealthy(ctx: Context, { task, run }: Pick<Watch, "task" | "run">): void {
  const at = run === null ? ctx.now() : healthySince(ctx, task, run);
  const { launchedAt } = ctx.state.task(task.name).memory();
  const after_ms = Math.max(0, at - (launchedAt ?? at));
  ctx.record({ event: "task_healthy", task: task.name, after_ms }, at);
}
