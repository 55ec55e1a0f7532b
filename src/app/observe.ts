import type { TaskMemory } from "../adapters/run-state.ts";
import type { Task } from "../domain/config.ts";
import { healthOf } from "../domain/health.ts";
import { type Observation, stateOf, type TaskState } from "../domain/lifecycle.ts";
import type { Supervision } from "../domain/supervision.ts";
import type { Context } from "./context.ts";

/** A task as it is now, and what that follows from. */
export interface Seen extends Observation {
  memory: TaskMemory;
  state: TaskState;
  /** What monitors know of this launch; null if none has watched it. */
  supervision: Supervision | null;
}

export const hasCheck = (task: Task): boolean =>
  task.health_check !== null || task.health_url !== null || task.health_tcp !== null;

/** Looks at a task, without running its check: `checkOk` is the newest result of it, if there is one. */
export function observe(ctx: Context, task: Task, checkOk?: boolean): Seen {
  const memory = ctx.state.memory(task.name);
  const supervision = ctx.state.supervision(task.name, memory.run);
  const isBackoff = supervision?.phase === "backoff" && ctx.monitor() !== null;
  const seen: Observation = {
    want: memory.want,
    process: ctx.state.process(task.name, memory),
    oneshot: task.oneshot,
    wasStopped: memory.run !== null && memory.stoppedRun === memory.run,
    health: healthNow(ctx, task, memory, checkOk),
    restartAt: isBackoff ? supervision.restartAt : null,
    gaveUp: supervision?.phase === "gave_up",
  };
  return { ...seen, memory, supervision, state: stateOf(seen) };
}

function healthNow(ctx: Context, task: Task, memory: TaskMemory, checkOk?: boolean) {
  const { run } = memory;
  if (run === null || (!hasCheck(task) && task.ready_log === null)) return "none";
  const last = hasCheck(task) ? ctx.state.lastHealth(task.name) : null;
  return healthOf({
    check: hasCheck(task) ? (checkOk ?? (last?.run === run && last.ok)) : null,
    passedBefore: ctx.state.wasHealthy(task.name, run),
    log: task.ready_log === null ? null : ctx.state.isReadyByLog(task.name, run),
  });
}
