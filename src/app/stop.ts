import type { Pane, TmuxSession } from "../adapters/tmux-arguments.ts";
import type { Hooks, Task } from "../domain/config.ts";
import { type Failure, isFailure } from "../domain/failure.ts";
import type { Want } from "../domain/lifecycle.ts";
import { dependentsOf, type Node } from "../domain/graph.ts";
import type { SeveralTasks, SignalName, StopAll, StopTask } from "../domain/results.ts";
import type { Context, Use } from "./context.ts";
import { runHook } from "./hooks.ts";
import { stopProcesses } from "./ladder.ts";
import { marksOf, observeSettled } from "./launch.ts";
import { tasksNamed } from "./selection.ts";
import { paneOf, SessionView } from "./session.ts";
import { several } from "./start-results.ts";

/** A task as far as stopping it needs; one that the config has no more has the defaults. */
export interface Stoppable extends Node {
  stop_grace_period: number;
  task: Task | null;
}

/** What ended a task (null: nothing was running), or why it could not be ended. */
export type Stopped = { signal: SignalName | null; warnings: string[] } | Failure;

export type StopResult = StopAll | StopTask | SeveralTasks<StopTask>;

const DEFAULT_GRACE = 5;

const stoppable = (task: Task): Stoppable => ({
  name: task.name,
  depends_on: task.depends_on,
  stop_grace_period: task.stop_grace_period,
  task,
});

const removed = (name: string): Stoppable => ({
  name,
  depends_on: [],
  stop_grace_period: DEFAULT_GRACE,
  task: null,
});

export async function stop(ctx: Context, request: { names: string[] }): Use<StopResult> {
  const named = tasksNamed(ctx.project.config, request.names);
  if (isFailure(named)) return named;
  const isAll = request.names.length === 0;
  return ctx.lock.hold(async () => {
    const view = new SessionView(ctx);
    const session = await view.current();
    if (isFailure(session)) return session;
    const tasks = isAll ? everyTask(ctx, session) : named.map(stoppable);
    const stopped = await stopTasks(ctx, session, tasks, "down");
    if (isFailure(stopped)) return stopped;
    if (!isAll) return answer(named, stopped.results, stopped.warnings);
    await closeWindows(ctx, session, tasks, stopped.results);
    if (session !== null) ctx.record({ event: "session_stopped" });
    return { result: allResult(ctx, stopped.results, stopped.warnings) };
  });
}

/** All tasks of the config, and those that are still there from an earlier version of it. */
export function everyTask(ctx: Context, session: TmuxSession | null): Stoppable[] {
  const configured = ctx.project.config.tasks.map(stoppable);
  const marked = session?.panes.flatMap((pane) => pane.task ?? []) ?? [];
  const names = new Set([...marked, ...ctx.state.knownTasks()]);
  for (const { name } of configured) names.delete(name);
  return [...configured, ...[...names].map(removed)];
}

/** Stops tasks in parallel, dependents before what they depend on, with the hooks around it. The lock must be held. */
export async function stopTasks(
  ctx: Context,
  session: TmuxSession | null,
  tasks: Stoppable[],
  want: Want,
) {
  const hook = (name: "before_stop" | "after_stop") =>
    runHook(ctx, ctx.project.config.hooks, name, null, () => ctx.environments.ofProject());
  const refused = await hook("before_stop");
  if (refused) return refused;
  const byName = new Map(tasks.map((task) => [task.name, task]));
  const pending = new Map<string, Promise<Stopped>>();
  const stopOne = (task: Stoppable): Promise<Stopped> => {
    const known = pending.get(task.name);
    if (known) return known;
    const dependents = dependentsOf(tasks, task.name).flatMap((name) => byName.get(name) ?? []);
    const found = Promise.all(dependents.map(stopOne)).then(() =>
      stopTask(ctx, task, paneOf(session, task.name), want),
    );
    pending.set(task.name, found);
    return found;
  };
  const ended = tasks.map(async (task) => [task.name, await stopOne(task)] as const);
  const results = new Map<string, Stopped>(await Promise.all(ended));
  const after = await hook("after_stop");
  return { results, warnings: after ? [after.message] : [] };
}

/** The stop half of a monitor's restart. The lock must be held. */
export const stopForRestart = (ctx: Context, task: Task, pane: Pane | null): Promise<Stopped> =>
  stopTask(ctx, stoppable(task), pane, "up");

async function stopTask(
  ctx: Context,
  task: Stoppable,
  pane: Pane | null,
  want: Want,
): Promise<Stopped> {
  const isThere = task.task === null ? pane !== null : await settleLaunch(ctx, task.task, pane);
  const hooks = isThere ? task.task?.hooks : undefined;
  const refused = await taskHook(ctx, task, hooks, "before_stop");
  if (refused) return refused;
  ctx.state.tidy(task.name);
  const { run: stoppedRun } = ctx.state.memory(task.name);
  // What is to be restarted stays wanted, even if we die before it is.
  if (want === "down") ctx.state.remember(task.name, { want, stoppedRun });
  else if (isThere) ctx.state.remember(task.name, { stoppedRun });
  if (isThere) ctx.report({ kind: "stopping", task: task.name });
  const ended = await stopProcesses(ctx, marksOf(ctx, task.name, pane), task.stop_grace_period);
  if (isFailure(ended)) return ended;
  if (ended.signal !== null) await onRecord(ctx, task.name, pane);
  ctx.report({ kind: "stopped", task: task.name, signal: ended.signal });
  if (want === "down" && ended.signal !== null) {
    ctx.record({ event: "task_stopped", task: task.name, signal: ended.signal });
  }
  const after = ended.signal === null ? null : await taskHook(ctx, task, hooks, "after_stop");
  return { ...ended, warnings: after ? [after.message] : [] };
}

/** Whether there is anything to stop; a launch that is just being told is waited for. */
async function settleLaunch(ctx: Context, task: Task, pane: Pane | null): Promise<boolean> {
  const { process } = await observeSettled(ctx, task, pane);
  return process.kind === "alive";
}

async function taskHook(
  ctx: Context,
  { task }: Stoppable,
  hooks: Hooks | undefined,
  name: "before_stop" | "after_stop",
) {
  if (task === null || hooks === undefined) return null;
  return runHook(ctx, hooks, name, task.name, () => ctx.environments.ofTask(task));
}

/** How long a launcher may take to put an end on record, and the log writer to log it, ms. */
const RECORD_PERIOD = 1000;
const LOG_PERIOD = 2000;

/** The launcher notices the end a moment after the process table shows it. */
export async function onRecord(ctx: Context, task: string, pane: Pane | null): Promise<void> {
  const { run } = ctx.state.memory(task);
  if (run === null || pane === null) return;
  await holds(ctx, RECORD_PERIOD, () => ctx.state.hasEnded(task, run));
}

/** Closes the windows, once the logs hold all that was in them. The session goes with its last window. */
async function closeWindows(
  ctx: Context,
  session: TmuxSession | null,
  tasks: Stoppable[],
  results: Map<string, Stopped>,
): Promise<void> {
  const stopped = tasks.filter((task) => !isFailure(results.get(task.name)));
  const panes = stopped.flatMap(
    (task) => session?.panes.filter((pane) => pane.task === task.name) ?? [],
  );
  await closePanes(ctx, panes);
}

/** Closes panes of ours, each once its log holds all that was in it. */
export async function closePanes(ctx: Context, panes: Pane[]): Promise<void> {
  await Promise.all(panes.map((pane) => logged(ctx, pane)));
  if (panes.length > 0) await ctx.tmux.killPanes(panes.map((pane) => pane.paneId));
}

/** What is still in the pipe to the log writer is lost with the pane. */
async function logged(ctx: Context, pane: Pane): Promise<void> {
  const task = pane.task ?? "";
  const { run } = ctx.state.memory(task);
  if (run === null || pane.dead || !ctx.state.hasEnded(task, run)) return;
  await holds(
    ctx,
    LOG_PERIOD,
    () => ctx.state.isLogged(task, run) || ctx.state.writerError(task) !== null,
  );
}

async function holds(ctx: Context, period: number, condition: () => boolean): Promise<void> {
  const deadline = ctx.now() + period;
  for (let pause = 1; !condition() && ctx.now() < deadline; pause = Math.min(pause * 1.3, 20)) {
    await ctx.sleep(pause);
  }
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

function allResult(ctx: Context, results: Map<string, Stopped>, warnings: string[]): StopAll {
  const { session } = ctx.project;
  const own = [...results.values()].flatMap((stopped) =>
    isFailure(stopped) ? [] : stopped.warnings,
  );
  const tasks = [...results].flatMap(([name, stopped]) =>
    isFailure(stopped) || stopped.signal === null ? [] : [name],
  );
  const report = { session, action: "stopped" as const, tasks, warnings: [...warnings, ...own] };
  const failure = [...results.values()].find(isFailure);
  if (!failure) return { ok: true, ...report };
  return { ok: false, error: failure.message, error_code: failure.code, ...report };
}
