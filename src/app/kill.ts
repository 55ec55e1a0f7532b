import type { TmuxSession } from "../adapters/tmux-arguments.ts";
import { type Failure, isFailure } from "../domain/failure.ts";
import type { KillTask, SeveralTasks } from "../domain/results.ts";
import type { Task } from "../domain/config.ts";
import type { Context, Use } from "./context.ts";
import { killProcesses } from "./ladder.ts";
import { marksOf, observeSettled } from "./launch.ts";
import { tasksNamed } from "./selection.ts";
import { findOwnSession, paneOf } from "./session.ts";
import { several } from "./start-results.ts";
import { closePanes, onRecord } from "./stop.ts";

/** SIGKILL to every process of the tasks, and their windows go. */
export async function kill(
  ctx: Context,
  request: { names: string[] },
): Use<KillTask | SeveralTasks<KillTask>> {
  const named = tasksNamed(ctx.project.config, request.names);
  if (isFailure(named)) return named;
  return ctx.lock.hold(async () => {
    const session = await findOwnSession(ctx);
    if (isFailure(session)) return session;
    const results = await Promise.all(named.map((task) => killTask(ctx, session, task)));
    return { result: results.length === 1 ? results[0]! : several(results) };
  });
}

async function killTask(ctx: Context, session: TmuxSession | null, task: Task): Promise<KillTask> {
  const pane = paneOf(session, task.name);
  await observeSettled(ctx, task, pane);
  ctx.state.remember(task.name, { want: "down" });
  const ended = await killProcesses(ctx, marksOf(ctx, task.name, pane));
  if (isFailure(ended)) return failed(task, ended);
  const windows = session?.panes.filter((own) => own.task === task.name) ?? [];
  if (ended.signal !== null) await onRecord(ctx, task.name, pane);
  await closePanes(ctx, windows);
  if (ended.signal !== null) ctx.record({ event: "task_killed", task: task.name });
  const isGone = ended.signal === null && windows.length === 0;
  return { ok: true, task: task.name, action: isGone ? "already_stopped" : "killed" };
}

const failed = ({ name }: Task, { message, code }: Failure): KillTask => ({
  ok: false,
  error: message,
  error_code: code,
  task: name,
});
