import type { TmuxSession } from "../../adapters/tmux/arguments.ts";
import type { Task } from "../../domain/config/config.ts";
import { isRunning } from "../../domain/tasks/lifecycle.ts";
import type { Node } from "../../domain/tasks/graph.ts";
import type { Context } from "../context.ts";
import { observe } from "./observe.ts";

/** The part of a task that a stop needs; defaults for a task that was removed from the config. */
export interface Stoppable extends Node {
  stop_grace_period: number;
  task: Task | null;
}

/** Seconds. */
const DEFAULT_GRACE = 5;

/** A task of the config. */
export const stoppable = (task: Task): Stoppable => ({
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

/** All tasks of the config, and those of an earlier version of it that are still running. */
export function everyTask(ctx: Context, session: TmuxSession | null): Stoppable[] {
  const configured = ctx.project.config.tasks.map(stoppable);
  const marked = session?.panes.flatMap((pane) => pane.task ?? []) ?? [];
  const names = new Set([...marked, ...ctx.state.knownTasks()]);
  for (const { name } of configured) names.delete(name);
  return [...configured, ...[...names].map(removed)];
}

/** Whether any task of the project runs, or is about to. */
export const isAnyOn = (ctx: Context): boolean =>
  everyTask(ctx, null).some((task) => isOn(ctx, task));

/** Whether a task runs, or is about to be launched or relaunched. */
export function isOn(ctx: Context, { name, task }: Stoppable): boolean {
  if (task === null) return ctx.state.task(name).process().kind === "alive";
  const { process, state } = observe(ctx, task);
  return process.kind === "alive" || isRunning(state) || state === "backoff";
}
