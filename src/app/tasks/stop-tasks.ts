import type { Pane, TmuxSession } from "../../adapters/tmux/arguments.ts";
import type { Hooks, Task } from "../../domain/config/config.ts";
import { type Failure, isFailure } from "../../domain/failure.ts";
import type { Want, SignalName } from "../../domain/tasks/lifecycle.ts";
import { dependentsOf } from "../../domain/tasks/graph.ts";
import { thrownFailure } from "../../domain/system-error.ts";
import type { Context } from "../context.ts";
import { runHook } from "./hooks.ts";
import { stopProcesses } from "./terminate.ts";
import { observeSettled } from "./launch.ts";
import { marksOf } from "./task-marks.ts";
import { type Launcher, launcherOf } from "./session.ts";
import { isTmuxFailure } from "./session-refusals.ts";
import { endAct, tryToRemember } from "./try-to-record.ts";
import { onRecord, logged } from "./on-record.ts";
import { type Stoppable, stoppable } from "./stoppable.ts";

/** The signal that ended a task (null: nothing was running), or why it could not be ended. */
export type Stopped = { signal: SignalName | null; warnings: string[] } | Failure;

/** Without tmux, processes are still ended, because they are recorded. */
export function withoutTmux(
  ctx: Context,
  found: TmuxSession | null | Failure,
): { session: TmuxSession | null; warnings: string[] } | Failure {
  if (!isFailure(found)) return { session: found, warnings: [] };
  const isOurs = ctx.state.otherOwner() === null;
  if (!isOurs || !isTmuxFailure(found)) return found;
  return { session: null, warnings: [leftOpen(found)] };
}

const leftOpen = ({ message }: Failure): string => `${message}; windows were left open`;

/** Stops tasks in parallel, dependents before their dependencies, with the hooks around it. The lock must be held. */
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
      stopTask(ctx, task, launcherOf(ctx, session, task.name), want).catch(thrownFailure),
    );
    pending.set(task.name, found);
    return found;
  };
  const ended = tasks.map(async (task) => [task.name, await stopOne(task)] as const);
  const results = new Map<string, Stopped>(await Promise.all(ended));
  const after = await hook("after_stop");
  return { results, warnings: after ? [after.message] : [] };
}

/** The stop before a monitor's restart. The lock must be held. */
export const stopForRestart = (
  ctx: Context,
  task: Task,
  launcher: Launcher | null,
): Promise<Stopped> => stopTask(ctx, stoppable(task), launcher, "up");

async function stopTask(
  ctx: Context,
  task: Stoppable,
  launcher: Launcher | null,
  want: Want,
): Promise<Stopped> {
  const isThere =
    task.task === null ? launcher !== null : await settleLaunch(ctx, task.task, launcher);
  // Other commands must see a stop whose hook may take long; without a hook, it is recorded with the stop.
  if (isThere && task.task?.hooks.before_stop)
    tryToRemember(ctx, "act", task.name, { act: ctx.state.act("stopping") });
  let isRestarted = false;
  try {
    const stopped = await endTask(ctx, task, launcher, want, isThere);
    isRestarted = want === "up" && !isFailure(stopped);
    return stopped;
  } finally {
    if (isThere && !isRestarted) endAct(ctx, task.name);
  }
}

async function endTask(
  ctx: Context,
  task: Stoppable,
  launcher: Launcher | null,
  want: Want,
  isThere: boolean,
): Promise<Stopped> {
  const hooks = isThere ? task.task?.hooks : undefined;
  const refused = await taskHook(ctx, task, hooks, "before_stop");
  if (refused) return refused;
  ctx.state.task(task.name).tidy();
  const { run: stoppedRun } = ctx.state.task(task.name).memory();
  const act = isThere ? ctx.state.act("stopping") : null;
  // A task that will be restarted stays wanted, even if this process dies before that.
  const change =
    want === "down"
      ? { want, stoppedRun, refused: null, restartAfter: null, act }
      : { stoppedRun, act };
  // A full disk doesn't prevent stopping.
  if (want === "down" || isThere) tryToRemember(ctx, "stop", task.name, change);
  const onPhase = (next: SignalName | null, period: number): void => {
    const phase = { next, until: ctx.monotonic() + period };
    if (isThere) ctx.report({ kind: "stopping", task: task.name, phase });
  };
  const marks = marksOf(ctx, task.name, launcher);
  const ended = await stopProcesses(ctx, marks, task.stop_grace_period, onPhase);
  if (isFailure(ended)) return ended;
  if (ended.signal !== null) await onRecord(ctx, task.name, launcher);
  // This process will launch it again.
  const next = want === "up" && isThere ? ctx.state.act("starting") : null;
  if (isThere) tryToRemember(ctx, "act", task.name, { act: next });
  ctx.report({ kind: "stopped", task: task.name, signal: ended.signal });
  if (want === "down" && ended.signal !== null) {
    ctx.record({ event: "task_stopped", task: task.name, signal: ended.signal });
  }
  const after = ended.signal === null ? null : await taskHook(ctx, task, hooks, "after_stop");
  return { ...ended, warnings: after ? [after.message] : [] };
}

/** Whether there is anything to stop; waits for a launch that is not recorded yet. */
async function settleLaunch(ctx: Context, task: Task, launcher: Launcher | null): Promise<boolean> {
  const { process } = await observeSettled(ctx, task, launcher);
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

/** Closes tasks' panes, each once its output is in the log. Returns warnings. */
export async function closePanes(ctx: Context, panes: Pane[]): Promise<string[]> {
  await Promise.all(panes.map((pane) => logged(ctx, pane)));
  if (panes.length === 0) return [];
  const failure = await ctx.tmux.killPanes(panes.map((pane) => pane.paneId));
  return failure === null ? [] : [leftOpen(failure)];
}
