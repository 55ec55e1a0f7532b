import type { Task } from "../../domain/config/config.ts";
import type { Context } from "../context.ts";
import { hasCheck } from "../tasks/observe.ts";
import { SETTLING } from "../../domain/tasks/settling.ts";

/**
 * When a healthy launch became healthy, epoch ms, as far as recorded, so that a monitor that starts later reports the real
 * time. Not before the launch, and not after now.
 */
export function healthySince(ctx: Context, task: Task, run: string): number {
  const files = ctx.state.task(task.name);
  const now = ctx.now();
  const times = [byCheck(ctx, task, run), byLog(ctx, task)].filter((at) => at !== null);
  const ofProcess = (files.runs.recordedAt() ?? now) + SETTLING;
  const at = times.length > 0 ? Math.max(...times) : ofProcess;
  return Math.round(Math.min(now, Math.max(at, files.memory().launchedAt ?? 0)));
}

const byCheck = (ctx: Context, task: Task, run: string): number | null =>
  hasCheck(task) ? (ctx.state.task(task.name).health.passedAt(run) ?? ctx.now()) : null;

const byLog = (ctx: Context, task: Task): number | null =>
  task.ready_log === null ? null : ctx.state.task(task.name).output.readyAt();
