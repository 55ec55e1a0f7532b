import type { TmuxSession } from "../../adapters/tmux/arguments.ts";
import type { Task } from "../../domain/config/config.ts";
import { isFailure } from "../../domain/failure.ts";
import type { SeveralTasks, StopAll, StopTask } from "../../domain/results/results.ts";
import { thrownFailure } from "../../domain/system-error.ts";
import type { Context, Use } from "../context.ts";
import { namesInProfiles, tasksNamed } from "../selection.ts";
import { SessionView } from "../tasks/session-view.ts";
import { type Stopped, withoutTmux, stopTasks, closePanes } from "../tasks/stop-tasks.ts";
import { several } from "./results.ts";
import { type Stoppable, stoppable, everyTask, isOn } from "../tasks/stoppable.ts";

export type StopResult = StopAll | StopTask | SeveralTasks<StopTask>;

/** Which tasks to stop. */
export interface StopRequest {
  /** Empty: all. */
  names: string[];
  /** Names or globs: without `names`, only tasks of these profiles and those without one. */
  profiles?: readonly string[];
}

/** Without names the session ends, unless tasks of other profiles run in it. */
export async function stop(ctx: Context, { names, profiles = [] }: StopRequest): Use<StopResult> {
  const { config } = ctx.project;
  const named = tasksNamed(config, names);
  if (isFailure(named)) return named;
  const meant = namesInProfiles(config, profiles);
  if (isFailure(meant)) return meant;
  if (names.length === 0)
    return stopMeant(ctx, ({ task, name }) => task === null || meant?.has(name) !== false);
  return ctx.lock.hold(async () => {
    const found = await sessionToStop(ctx);
    if (isFailure(found)) return found;
    const stopped = await stopTasks(ctx, found.session, named.map(stoppable), "down");
    if (isFailure(stopped)) return stopped;
    return answer(named, stopped.results, [...stopped.warnings, ...found.warnings]);
  });
}

/** Stops the tasks that are meant, and ends the session unless another one runs. */
export function stopMeant(ctx: Context, isMeant: (task: Stoppable) => boolean): Use<StopAll> {
  return ctx.lock.hold(async () => {
    const found = await sessionToStop(ctx);
    if (isFailure(found)) return found;
    const { session } = found;
    const { tasks, left } = parted(ctx, everyTask(ctx, session), isMeant);
    const stopped = await stopTasks(ctx, session, tasks, "down");
    if (isFailure(stopped)) return stopped;
    const { results } = stopped;
    const warnings = [...stopped.warnings, ...found.warnings];
    if (left.length === 0) warnings.push(...(await endSession(ctx, session, tasks, results)));
    return { result: allResult(ctx, results, warnings, left) };
  });
}

/** The lock must be held. */
async function sessionToStop(ctx: Context) {
  const asked = new SessionView(ctx).current();
  ctx.scan.warmCache();
  return withoutTmux(ctx, await asked);
}

/** The tasks that are meant, and the names of the others that run; all are meant if none of those do. */
function parted(
  ctx: Context,
  every: Stoppable[],
  isMeant: (task: Stoppable) => boolean,
): { tasks: Stoppable[]; left: string[] } {
  const left = every.filter((task) => !isMeant(task) && isOn(ctx, task)).map(({ name }) => name);
  return { tasks: left.length === 0 ? every : every.filter(isMeant), left };
}

/** Returns warnings. */
async function endSession(
  ctx: Context,
  session: TmuxSession | null,
  tasks: Stoppable[],
  results: Map<string, Stopped>,
): Promise<string[]> {
  const warnings = await closeWindows(ctx, session, tasks, results);
  warnings.push(...dropRunTasks(ctx, results));
  if (session !== null) ctx.record({ event: "session_stopped" });
  return warnings;
}

/** The tasks of `run` last as long as the session. Returns warnings: a full disk doesn't prevent a stop. */
function dropRunTasks(ctx: Context, results: Map<string, Stopped>): string[] {
  const ended = [...results].flatMap(([name, stopped]) => (isFailure(stopped) ? [] : [name]));
  try {
    ctx.runTasks.drop(ended);
    return [];
  } catch (error) {
    const { message } = thrownFailure(error);
    return [`The tasks of \`taskmux run\` stay on record: ${message}`];
  }
}

/** Closes the windows once their output is in the logs; returns warnings. The session ends with its last window. */
async function closeWindows(
  ctx: Context,
  session: TmuxSession | null,
  tasks: Stoppable[],
  results: Map<string, Stopped>,
): Promise<string[]> {
  const stopped = tasks.filter((task) => !isFailure(results.get(task.name)));
  const panes = stopped.flatMap(
    (task) => session?.panes.filter((pane) => pane.task === task.name) ?? [],
  );
  return closePanes(ctx, panes);
}

function answer(named: Task[], results: Map<string, Stopped>, warnings: string[]) {
  const all = named.map(({ name }) => taskResult(name, results.get(name)!, warnings));
  return { result: all.length === 1 ? all[0]! : several(all) };
}

function taskResult(task: string, stopped: Stopped, warnings: string[]): StopTask {
  if (isFailure(stopped)) {
    return { ok: false, error: stopped.message, error_code: stopped.code, task, warnings };
  }
  const action = stopped.signal === null ? "already_stopped" : "stopped";
  return {
    ok: true,
    task,
    action,
    signal: stopped.signal,
    warnings: [...warnings, ...stopped.warnings],
  };
}

function allResult(
  ctx: Context,
  results: Map<string, Stopped>,
  warnings: string[],
  left: string[],
): StopAll {
  const { session } = ctx.project;
  const own = [...results.values()].flatMap((stopped) =>
    isFailure(stopped) ? [] : stopped.warnings,
  );
  const tasks = [...results].flatMap(([name, stopped]) =>
    isFailure(stopped) || stopped.signal === null ? [] : [name],
  );
  const report = {
    session,
    action: "stopped" as const,
    tasks,
    ...(left.length > 0 && { still_running: left }),
    warnings: [...warnings, ...own],
  };
  const failure = [...results.values()].find(isFailure);
  if (!failure) return { ok: true, ...report };
  return { ok: false, error: failure.message, error_code: failure.code, ...report };
}
