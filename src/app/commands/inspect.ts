import { isFailure } from "../../domain/failure.ts";
import type { Inspection } from "../../domain/results/results.ts";
import type { Context, Use } from "../context.ts";
import { taskNamed } from "../selection.ts";
import { findSession } from "../tasks/session.ts";
import { paneIds, taskStatus } from "./status.ts";

/** Everything about one task. */
export async function inspect(ctx: Context, request: { name: string }): Use<Inspection> {
  const task = taskNamed(ctx.project.config, request.name);
  if (isFailure(task)) return task;
  const session = await findSession(ctx);
  if (isFailure(session)) return session;
  const status = await taskStatus(ctx, task);
  const ids = paneIds(session, task.name);
  const now = await whatRuns(ctx, status.pid, ids.pane_id);
  const result = {
    ...status,
    session: ctx.project.session,
    log_file: ctx.logPath(task),
    health_check: task.health_check,
    hooks: { ...task.hooks },
    ...ids,
    pane_current_command: now?.command ?? null,
    pane_current_path: now?.path ?? null,
    env_keys: environmentKeys(ctx, task.name),
  };
  return { result };
}

/** The command in a task's window. tmux itself only knows the launcher. */
async function whatRuns(ctx: Context, pid: number | null, pane: string | null) {
  const command = pid === null ? null : ctx.describeProcess(pid);
  return command ?? (pane === null ? null : ctx.tmux.describePane(pane));
}

/** The variable names of the last launch. */
const environmentKeys = (ctx: Context, task: string): string[] =>
  Object.keys(ctx.state.task(task).launchRecord()?.environment ?? {}).sort();
