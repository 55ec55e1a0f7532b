import type { Task } from "../../domain/config/config.ts";
import { isRunTask, isSameRunTask } from "../../domain/config/run-task.ts";
import { Failure } from "../../domain/failure.ts";
import type { Context } from "../context.ts";

/**
 * E200 for a task of `run` that another command has dropped or replaced since this one read the project: launched now, it
 * would run without a record. The lock must be held.
 */
export function refuseDropped(ctx: Context, task: Task): Failure | null {
  if (!isRunTask(task)) return null;
  const recorded = ctx.runTasks.tasks().find(({ name }) => name === task.name);
  if (recorded !== undefined && isSameRunTask(recorded, task)) return null;
  const what = recorded === undefined ? "removed" : "replaced";
  const message = `Task '${task.name}' was ${what} by another command`;
  return new Failure("E200", message, "See: taskmux status");
}
