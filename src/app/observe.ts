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

/** The least that a look shows: what is wanted of a task, and what became of its process. */
export type Glimpse = Pick<Seen, "memory" | "process" | "want">;

export function glance(ctx: Context, task: Task): Glimpse {
  const memory = ctx.state.memory(task.name);
  return { memory, want: memory.want, process: ctx.state.process(task.name, memory) };
}

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
  return healthOf({
    check: hasCheck(task) ? (checkOk ?? lastCheckOk(ctx, task, run)) : null,
    passedBefore: ctx.state.wasHealthy(task.name, run),
    log: task.ready_log === null ? null : ctx.state.isReadyByLog(task.name, run),
  });
}

function lastCheckOk(ctx: Context, task: Task, run: string): boolean {
  const last = ctx.state.lastHealth(task.name);
  return last?.run === run && last.ok;
}
