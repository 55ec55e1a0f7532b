import type { Task } from "../../domain/config/config.ts";
import type { Failure } from "../../domain/failure.ts";
import type { Supervision } from "../../domain/tasks/supervision.ts";
import { type ReloadSignal, reloadSignalOf } from "../../domain/watch/action.ts";
import type { Context } from "../context.ts";
import { planOf } from "../tasks/launch.ts";
import type { LaunchPlan } from "../tasks/task-launch.ts";
import { observe, readProcessState } from "../tasks/observe.ts";
import type { WatchedFiles } from "./watched-files.ts";
import type { Watch } from "./observations.ts";
import { relaunch } from "./relaunch.ts";
import type { SharedParts } from "./shared-parts.ts";

/** A save is an act of a person: earlier restarts don't count any more. */
const AS_LAUNCHED: Supervision = {
  count: 0,
  last: null,
  phase: "up",
  failures: 0,
  healthySince: null,
};

/**
 * Restarts a task because a watched file has changed, or sends it the configured signal; one that has ended is launched.
 * Does nothing if it was stopped or launched again since.
 */
export async function actOnChange(
  shared: SharedParts,
  watch: Watch,
  files: WatchedFiles,
  path: string,
): Promise<Failure | null> {
  const { ctx, view } = shared;
  const { task, run } = watch;
  if (run === null) return null;
  const signal = reloadSignalOf(task);
  if (signal !== null && readProcessState(ctx, task).process.kind === "alive")
    return sendSignal(ctx, task, run, signal, path);
  let isBegun = false;
  const failure = await relaunch(ctx, view, task, run, AS_LAUNCHED, {
    onRestart: () => {
      isBegun = true;
      files.launching();
    },
    plan: () => planAgain(ctx, task),
  });
  if (!isBegun || failure !== null) return failure;
  const { memory, process } = readProcessState(ctx, task);
  files.launchedAs(memory.run);
  const pid = process.kind === "alive" ? process.pid : null;
  ctx.record({ event: "task_restarted", task: task.name, pid, cause: "watch", path });
  return null;
}

/** A new plan, since an env_file may have changed, in the environment of whoever launched the task. */
function planAgain(ctx: Context, task: Task): LaunchPlan | Failure {
  const files = ctx.state.task(task.name);
  const last = files.launchRecord();
  const isLast = last !== null && last.run === files.memory().run;
  return planOf(ctx, task, undefined, isLast ? last.environment : undefined);
}

async function sendSignal(
  ctx: Context,
  task: Task,
  run: string,
  signal: ReloadSignal,
  path: string,
): Promise<Failure | null> {
  return ctx.lock.hold(async () => {
    const { memory, process } = observe(ctx, task);
    const isStill = memory.want === "up" && memory.run === run && process.kind === "alive";
    if (!isStill) return null;
    ctx.signals.send(process, signal);
    ctx.record({ event: "task_signaled", task: task.name, signal, path });
    return null;
  });
}
