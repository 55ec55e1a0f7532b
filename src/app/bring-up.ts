import type { Task } from "../domain/config.ts";
import { dependentsOf } from "../domain/graph.ts";
import { Failure, isFailure } from "../domain/failure.ts";
import { isHealthy } from "../domain/lifecycle.ts";
import type { Context } from "./context.ts";
import { hasCheck, observe } from "./observe.ts";
import { type Launched, launchTask } from "./launch.ts";
import { becomeReady, settle, waitsFor } from "./readiness.ts";
import type { SessionView } from "./session.ts";

/** What became of one task of a start. */
export type Outcome =
  Launched | { kind: "skipped"; reason: string } | { kind: "failed"; failure: Failure };

export interface BringUp {
  /** In the order of the config; each task's dependencies are among them, or are not waited for. */
  tasks: Task[];
  /** Tasks that the user named: a job among them is done again. */
  named: ReadonlySet<string>;
  event: "task_started" | "task_restarted";
  forcePort: boolean;
  /** Until when readiness is waited for, epoch ms; null: as long as each task's `start_timeout`. */
  deadline: number | null;
}

/** A start under way. Each task is launched, and waited for, once, however many ask. */
export interface Rising {
  outcome(task: Task): Promise<Outcome>;
  /** Why a task isn't ready, or null once it is. */
  readiness(task: Task): Promise<Failure | null>;
}

/**
 * Launches tasks, each the moment its own dependencies are ready. The lock is held for each launch and let go while
 * readiness is waited for, so that a `stop` from another terminal is heard.
 */
export function bringUp(ctx: Context, view: SessionView, wish: BringUp): Rising {
  const outcomes = new Map<string, Promise<Outcome>>();
  const ready = new Map<string, Promise<Failure | null>>();
  const byName = new Map(wish.tasks.map((task) => [task.name, task]));

  const readiness = (task: Task): Promise<Failure | null> => {
    const known = ready.get(task.name);
    if (known) return known;
    const found = outcome(task).then((up) => reasonNotReady(ctx, wish, task, up));
    ready.set(task.name, found);
    return found;
  };

  /** As its dependents tell it. */
  const asDependency = async (task: Task): Promise<string | null> => {
    const failure = await readiness(task);
    return failure && `dependency '${task.name}' is not ready: ${failure.message}`;
  };

  const outcome = (task: Task): Promise<Outcome> => {
    const known = outcomes.get(task.name);
    if (known) return known;
    const dependencies = task.depends_on.flatMap((name) => byName.get(name) ?? []);
    const found = firstReason(dependencies.map(asDependency)).then((reason) =>
      reason === null ? launch(ctx, view, wish, task) : skip(ctx, task, reason),
    );
    outcomes.set(task.name, found);
    return found;
  };

  for (const task of wish.tasks) void outcome(task);
  return { outcome, readiness };
}

/** The first reason that comes, at once; null when all have come to nothing. */
async function firstReason(reasons: Promise<string | null>[]): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  for (const reason of reasons) void reason.then((text) => text !== null && resolve(text));
  void Promise.all(reasons).then(() => resolve(null));
  return promise;
}

async function launch(
  ctx: Context,
  view: SessionView,
  wish: BringUp,
  task: Task,
): Promise<Outcome> {
  const again = wish.named.has(task.name);
  const up = await ctx.lock.hold(async () => {
    // While it waited for its dependencies, a `stop` may have come: what was said last holds.
    const isWithdrawn = task.depends_on.length > 0 && ctx.state.memory(task.name).want === "down";
    return isWithdrawn
      ? withdrawn(task)
      : launchTask(ctx, view, task, { again, forcePort: wish.forcePort });
  });
  if (isFailure(up)) return fail(ctx, task, up);
  if (up.kind !== "started") return up;
  ctx.report({ kind: "launched", task: task.name, pid: up.pid });
  ctx.record({ event: wish.event, task: task.name, pid: up.pid });
  return up;
}

const withdrawn = (task: Task): Failure =>
  new Failure("E214", `Task '${task.name}' was stopped by another command`);

/** Says that tasks which have to wait for others are wanted, so that a `stop` can take it back. The lock must be held. */
export function announce(ctx: Context, { tasks, named }: BringUp): void {
  for (const task of tasks.filter(({ depends_on }) => depends_on.length > 0)) {
    const { process, memory, state } = observe(ctx, task);
    const isUp = process.kind === "alive" || process.kind === "pending";
    const isDone = memory.want === "up" && isHealthy(state, task.oneshot) && !named.has(task.name);
    // How an earlier launch ended says nothing about the one that is to come.
    if (!isUp && !isDone) ctx.state.remember(task.name, { want: "up", run: null });
    else if (memory.want === "down") ctx.state.remember(task.name, { want: "up" });
  }
}

function skip(ctx: Context, task: Task, reason: string): Outcome {
  ctx.report({ kind: "skipped", task: task.name, reason });
  return { kind: "skipped", reason };
}

function fail(ctx: Context, task: Task, failure: Failure): Outcome {
  ctx.report({ kind: "failed", task: task.name, reason: failure.message });
  return { kind: "failed", failure };
}

/** Waits until a task is ready. Its dependents give it up after its `start_timeout`, whatever they are waited for. */
async function reasonNotReady(
  ctx: Context,
  { tasks, deadline }: BringUp,
  task: Task,
  up: Outcome,
): Promise<Failure | null> {
  if (up.kind === "skipped") return skipFailure(task.name, up.reason);
  if (up.kind === "failed") return up.failure;
  const isNeeded = dependentsOf(tasks, task.name).length > 0;
  const own = ctx.now() + task.start_timeout * 1000;
  // Whoever waits until the deadline says himself that it has passed.
  const limit = deadline === null ? own : deadline + 1000;
  return awaitReady(ctx, task, isNeeded ? own : limit);
}

/** A task that was not launched, since something that it depends on isn't ready. */
export const skipFailure = (name: string, reason: string): Failure =>
  new Failure("E214", `Task '${name}' was not started: ${reason}`);

/** Waits for readiness, and tells of it. */
async function awaitReady(ctx: Context, task: Task, deadline: number): Promise<Failure | null> {
  const began = ctx.now();
  const takesTime = hasCheck(task) || task.ready_log !== null || task.oneshot;
  if (takesTime) ctx.report({ kind: "waiting", task: task.name, reason: waitsFor(task) });
  const failure = await becomeReady(ctx, task, deadline);
  const after = ctx.now() - began;
  if (failure !== null) fail(ctx, task, failure);
  else if (takesTime) ctx.report({ kind: "ready", task: task.name, after });
  return failure;
}

/** A task that was started and ended with a failure right away was not started in any sense that helps. */
export async function settled(ctx: Context, task: Task, up: Outcome): Promise<Outcome> {
  if (up.kind !== "started") return up;
  const failure = await settle(ctx, task);
  return failure === null ? up : fail(ctx, task, failure);
}
