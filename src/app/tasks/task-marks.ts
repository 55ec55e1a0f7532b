import type { ProcessEntry } from "../../adapters/processes/table.ts";
import type { TaskMarks } from "../../adapters/processes/task-members.ts";
import type { Context } from "../context.ts";
import type { Launcher } from "./session.ts";

/** How to find the task's processes. The pane shows that the launcher is running. */
export const marksOf = (ctx: Context, task: string, launcher: Launcher | null): TaskMarks => ({
  launcher: launcher?.pid ?? null,
  recorded: ctx.state.task(task).runs.launches(),
  scope: ctx.state.scope,
  task,
});

/** The processes of a task that run now, by its records. */
export const runningMembers = (ctx: Context, task: string): Promise<ProcessEntry[]> =>
  ctx.scan.members(marksOf(ctx, task, ctx.state.task(task).launcher()));
