import type { RunState } from "../../adapters/state/run-state.ts";
import type { MarkedSession, Pane, TmuxSession } from "../../adapters/tmux/arguments.ts";
import type { Task } from "../../domain/config/config.ts";
import { isConfigOf } from "../../domain/config/identity.ts";
import { Failure, isFailure } from "../../domain/failure.ts";
import type { Context } from "../context.ts";
import { mendWindows } from "./mend-windows.ts";
import { OTHER_NAME, othersSession } from "./session-refusals.ts";

/**
 * The project's tmux session, null if there is none; E301 or E302 if the session of this name isn't the project's.
 * `onListed` gets all sessions of taskmux on its server.
 */
export async function findSession(
  ctx: Context,
  onListed?: (sessions: MarkedSession[]) => void,
): Promise<TmuxSession | null | Failure> {
  const found = await ctx.tmux.findSession(ctx.project.session, onListed);
  return found === null || isFailure(found) ? found : (refusal(ctx, found) ?? found);
}

/** E301 or E302 if a session is not the project's; null if it is. */
function refusal({ project, isThere }: Context, { configPath }: TmuxSession): Failure | null {
  const { session } = project;
  if (configPath === null)
    return new Failure("E301", `The tmux session '${session}' was not made by taskmux`, OTHER_NAME);
  if (isConfigOf(project, configPath)) return null;
  return othersSession(project, configPath, isThere(configPath), "belongs to");
}

/**
 * The session for a command that changes it; its records are this project's from then on. A task's pane in which the user
 * runs another process (`respawn-pane`) is treated as the user's.
 */
export async function findOwnSession(ctx: Context): Promise<TmuxSession | null | Failure> {
  const found = await findSession(ctx);
  if (isFailure(found)) return found;
  const refused = claimRecords(ctx, found);
  if (refused !== null) return refused;
  if (found === null) return null;
  const panes = found.panes.map((pane) => {
    const isOurs = pane.task === null || pane.dead || ctx.launchers.isLauncher(pane.pid);
    return isOurs ? pane : { ...pane, task: null };
  });
  return mendWindows(ctx, { ...found, panes });
}

/** E302 while processes of another config, which owned the session before, are running: its records show them. */
function claimRecords(ctx: Context, session: TmuxSession | null): Failure | null {
  const { state, project } = ctx;
  const owner = state.otherOwner();
  if (owner !== null && session === null && hasProcesses(ctx, state.asOwner())) {
    return othersSession(project, owner, ctx.isThere(owner), "has processes of");
  }
  state.claim(project, session !== null);
  return null;
}

/** Whether anything that was launched in the session of these records may still run. */
export const hasProcesses = (ctx: Pick<Context, "scan">, records: RunState): boolean =>
  records.knownTasks().some((task) => {
    const files = records.task(task);
    if (files.launcher() !== null || files.process().kind === "alive") return true;
    const { scope } = records;
    const recorded = files.runs.launches();
    return ctx.scan.mayHaveMembers({ launcher: null, recorded, scope, task });
  });

/** The parent of a task's command. */
export interface Launcher {
  pid: number;
}

/** The task's pane, if it has one that may have a running launcher. */
export const paneOf = (session: TmuxSession | null, task: string): Pane | null =>
  session?.panes.find((pane) => pane.task === task && !pane.dead) ?? null;

/** The launcher in the task's pane; null without a pane, or without a launcher in it. */
export function launcherIn(
  ctx: Context,
  session: TmuxSession | null,
  task: string,
): Launcher | null {
  const pane = paneOf(session, task);
  const pid = pane && ctx.launchers.launcherBelow(pane.pid);
  return pid === null ? null : { pid };
}

/** The task's launcher, by its pane; if tmux doesn't answer, by the record. */
export const launcherOf = (
  ctx: Context,
  session: TmuxSession | null,
  task: string,
): Launcher | null => launcherIn(ctx, session, task) ?? ctx.state.task(task).launcher();

/** The settings for a task's log. */
export const logSettings = (ctx: Context, task: Task) => ({
  log_file: ctx.logPath(task),
  log_max_size: task.log_max_size,
  log_max_files: task.log_max_files,
  ready_log: task.ready_log,
});
