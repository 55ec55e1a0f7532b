import type { Task } from "../../domain/config/config.ts";
import type { End } from "../../domain/tasks/lifecycle.ts";
import type { TaskStatus } from "../../domain/results/results.ts";
import { checkHealth } from "./check-health.ts";
import type { Context } from "../context.ts";
import { hasCheck, observe, type TaskSnapshot } from "./observe.ts";
import type { HealthRecord } from "../../adapters/state/records.ts";

/** How a process ended, as in results; null if it is running, or there is none. */
export function exitOf(end: End | null): Pick<TaskStatus, "exit_code" | "exit_signal"> {
  return {
    exit_code: end?.kind === "exit" ? end.status : null,
    exit_signal: end?.kind === "signal" ? end.signal : null,
  };
}

/** A task's state now, and the newest result of its health check. */
export interface Examined {
  seen: TaskSnapshot;
  health: HealthRecord | null;
}

/** Observes a task, and reads its recorded health. */
export function lastSeen(ctx: Context, task: Task): Examined {
  const seen = observe(ctx, task);
  const { run } = seen.memory;
  return { seen, health: run === null ? null : lastOf(ctx, task, run) };
}

/**
 * Observes a task (or takes `seen`), and checks its health if it is running. The session must be known to be the project's.
 */
export async function examine(
  ctx: Context,
  task: Task,
  seen = observe(ctx, task),
): Promise<Examined> {
  const { run } = seen.memory;
  if (!hasCheck(task) || run === null) return { seen, health: null };
  if (seen.process.kind !== "alive") return { seen, health: lastOf(ctx, task, run) };
  const health = await checkHealth(ctx, task, run);
  return { seen: observe(ctx, task, health?.ok), health };
}

function lastOf(ctx: Context, task: Task, run: string): HealthRecord | null {
  const last = ctx.state.task(task.name).health.last();
  return last?.run === run ? last : null;
}
