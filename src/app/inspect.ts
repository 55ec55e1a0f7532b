import { isFailure } from "../domain/failure.ts";
import type { Inspection } from "../domain/results.ts";
import type { Context, Use } from "./context.ts";
import { tasksNamed } from "./selection.ts";
import { findSession } from "./session.ts";
import { paneIds, taskStatus } from "./status.ts";

/** Everything about one task. */
export async function inspect(ctx: Context, request: { name: string }): Use<Inspection> {
  const named = tasksNamed(ctx.project.config, [request.name]);
  if (isFailure(named)) return named;
  const task = named[0]!;
  const [session, status] = await Promise.all([findSession(ctx), taskStatus(ctx, task)]);
  if (isFailure(session)) return session;
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

/** tmux only sees the launcher, whose terminal the command shares. */
async function whatRuns(ctx: Context, pid: number | null, pane: string | null) {
  const command = pid === null ? null : ctx.describeProcess(pid);
  return command ?? (pane === null ? null : ctx.tmux.describePane(pane));
}

/** Of the launch, while there has been one. */
const environmentKeys = (ctx: Context, task: string): string[] =>
  Object.keys(ctx.state.launchRecord(task)?.environment ?? {}).sort();
