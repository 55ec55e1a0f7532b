import type { Pane, TmuxSession } from "../../adapters/tmux/arguments.ts";
import type { Failure } from "../../domain/failure.ts";
import type { Context } from "../context.ts";

/**
 * Repairs the session's windows: closes those that a killed command opened and didn't mark, pipes panes to their logs again,
 * and starts the log hub again. Returns the session without the closed windows, null if none is left. The lock must be
 * held, and no window may be opening.
 */
export async function mendWindows(ctx: Context, session: TmuxSession): Promise<TmuxSession | null> {
  const unmarked = session.panes.filter((pane) => isUnmarked(ctx, pane));
  if (unmarked.length > 0)
    report(ctx, await ctx.tmux.killPanes(unmarked.map(({ paneId }) => paneId)));
  const panes = session.panes.filter((pane) => !unmarked.includes(pane));
  await Promise.all(panes.map((pane) => restorePipe(ctx, pane)));
  await restoreHub(ctx, session);
  return panes.length === 0 ? null : { ...session, panes };
}

/** A launcher gets no launch before its pane is marked. */
const isUnmarked = (ctx: Context, { task, dead, pid }: Pane): boolean =>
  task === null && !dead && ctx.launchers.isLauncher(pid);

async function restorePipe(ctx: Context, { task, dead, paneId, piped }: Pane): Promise<void> {
  if (task === null || dead || !ctx.launchers.isReachable(task)) return;
  const pipe = ctx.state.task(task).output.pipe();
  if (piped && pipe.kind !== "ended") return;
  const since = pipe.kind === "ended" ? pipe.endedAt : null;
  report(ctx, await ctx.tmux.dressPane(paneId, ctx.launchers.prepareRepair(task, since)));
}

/** A window that can't be repaired now is repaired with the next look. */
function report(ctx: Context, failure: Failure | null): void {
  if (failure !== null) ctx.onNotice?.(failure.message);
}

async function restoreHub(ctx: Context, session: TmuxSession): Promise<void> {
  const isNeeded = session.panes.some(
    ({ task, dead }) => task !== null && !dead && ctx.state.task(task).output.usesHub(),
  );
  const command = isNeeded ? ctx.launchers.startHub() : null;
  if (command !== null) report(ctx, await ctx.tmux.runInBackground(session, command));
}

/** Whether output isn't written because the log hub has ended, and its script too. */
export const isHubDead = (ctx: Context): boolean => ctx.state.hub.state() === "dead";

/** Whether the pipe of a task's window was taken. For a pipe of an earlier taskmux only tmux knows. */
export function isPipeTaken(ctx: Context, task: string): boolean {
  const files = ctx.state.task(task);
  return files.output.pipe().kind === "ended" && files.launcher() !== null;
}
