import type { Task } from "../../domain/config/config.ts";
import { type Failure, isFailure } from "../../domain/failure.ts";
import { isLateStartDue } from "../../domain/tasks/late-start.ts";
import { isHealthy } from "../../domain/tasks/lifecycle.ts";
import type { Context } from "../context.ts";
import { launchTask, planOf } from "./launch.ts";
import { observe } from "./observe.ts";
import { refuse } from "./refusal.ts";
import type { SessionView } from "./session-view.ts";
import type { LaunchPlan } from "./task-launch.ts";

/** Whether a `start` has left the task because of its dependencies, and a monitor must launch it now. */
export function isDueLate(ctx: Context, task: Task): boolean {
  const files = ctx.state.task(task.name);
  const { want, run, refused } = files.memory();
  if (want !== "up" || run !== null) return false;
  return isLateStartDue({
    want,
    wasLaunched: run !== null,
    refusal: refused && (refused.isForDependency ? "dependency" : "other"),
    isInHand: files.act() !== null,
    dependencies: task.depends_on.map((name) => isReady(ctx, name)),
  });
}

/** Whether the session's monitor has found a dependency ready. */
export function isReady(ctx: Context, name: string): boolean {
  const task = ctx.project.config.tasks.find((one) => one.name === name);
  if (task === undefined) return false;
  const { state, process, supervision } = observe(ctx, task);
  if (!isHealthy(state, task.oneshot)) return false;
  if (process.kind === "ended") return true;
  return supervision?.phase === "up" && supervision.healthySince !== null;
}

/** Launches the task if that is still due; a failure is recorded, and not repeated. */
export async function startLate(ctx: Context, view: SessionView, task: Task): Promise<void> {
  await ctx.lock.hold(async () => {
    if (!isDueLate(ctx, task)) return;
    const mayLaunch = () => task.depends_on.every((name) => isReady(ctx, name));
    const plan = planFor(ctx, task);
    const launched = isFailure(plan)
      ? plan
      : await launchTask(ctx, view, task, { again: false, plan, mayLaunch });
    if (launched === "held back") return;
    if (isFailure(launched)) return refuse(ctx, task, launched);
    for (const warning of launched.warnings) ctx.onNotice?.(warning);
    if (launched.kind === "started")
      ctx.record({ event: "task_started", task: task.name, pid: launched.pid });
  });
}

/** In the environment of the command that could not launch it, as far as it was recorded. */
function planFor(ctx: Context, task: Task): LaunchPlan | Failure {
  const files = ctx.state.task(task.name);
  const caller = files.memory().refused?.isForDependency ? files.caller() : null;
  if (caller === null) return planOf(ctx, task, undefined);
  return planOf({ ...ctx, environments: ctx.environments.ofCaller(caller) }, task, undefined);
}
