import type { Task } from "../../domain/config/config.ts";
import { type Failure, isFailure } from "../../domain/failure.ts";
import { restartedAfter } from "../../domain/tasks/dependency-restart.ts";
import type { Supervision } from "../../domain/tasks/supervision.ts";
import type { Context } from "../context.ts";
import { launchTask, planOf } from "../tasks/launch.ts";
import type { LaunchPlan } from "../tasks/task-launch.ts";
import { marksOf } from "../tasks/task-marks.ts";
import { observe, readProcessState } from "../tasks/observe.ts";
import { checkLaunch } from "../tasks/preflight.ts";
import { launcherOf } from "../tasks/session.ts";
import type { SessionView } from "../tasks/session-view.ts";
import { endAct, tryToRemember } from "../tasks/try-to-record.ts";
import { stopForRestart } from "../tasks/stop-tasks.ts";

export interface RelaunchOptions {
  /** Called right before the launch, when the task has been stopped. */
  onRestart: () => void;
  /** Default: as it was launched before. */
  plan?: () => LaunchPlan | Failure;
}

/**
 * Launches a task again, if `run` is still its launch and it is still wanted. `view` is shared by all restarts of this
 * process: if the session has ended, one of them creates a new one and the others open windows in it. `onRestart` is called
 * before the launch. Dependents that restart with the task are marked.
 */
export async function relaunch(
  ctx: Context,
  view: SessionView,
  task: Task,
  run: string | null,
  supervision: Supervision,
  { onRestart, plan: newPlan }: RelaunchOptions,
): Promise<Failure | null> {
  return ctx.lock.hold(async () => {
    const seen = observe(ctx, task);
    if (seen.memory.want !== "up" || seen.memory.run !== run) return null;
    const isAlive = seen.process.kind === "alive";
    const planned = newPlan ?? (() => planOf(ctx, task, supervision));
    const plan = isAlive ? await stopFirst(ctx, view, task, planned) : (newPlan?.() ?? null);
    if (isFailure(plan)) return plan;
    onRestart();
    try {
      const launched = await launchTask(ctx, view, task, { again: true, supervision, plan });
      if (isFailure(launched)) return launched;
      markDependents(ctx, task);
      return null;
    } finally {
      // This process keeps running, so it must clear an act that failed.
      endAct(ctx, task.name);
    }
  });
}

/** Records that dependents which run must restart once the task is ready. The lock must be held. */
function markDependents(ctx: Context, { name }: Task): void {
  for (const task of restartedAfter(ctx.project.config.tasks, name)) {
    const { want, process } = readProcessState(ctx, task);
    if (want === "up" && process.kind === "alive")
      tryToRemember(ctx, "act", task.name, { restartAfter: name });
  }
}

/** Stops a task that will be launched with the returned plan; a task that could not be launched is left as it is. */
async function stopFirst(
  ctx: Context,
  view: SessionView,
  task: Task,
  makePlan: () => LaunchPlan | Failure,
): Promise<LaunchPlan | Failure> {
  const session = await view.look();
  if (isFailure(session)) return session;
  const launcher = launcherOf(ctx, session, task.name);
  const marks = marksOf(ctx, task.name, launcher);
  const freeing = { force: false, marks, ending: [marks] };
  const plan = await checkLaunch(ctx, task, freeing, makePlan);
  if (isFailure(plan)) return plan;
  const stopped = await stopForRestart(ctx, task, launcher);
  return isFailure(stopped) ? stopped : plan;
}
