import type { Task } from "../../domain/config/config.ts";
import { isRunTask } from "../../domain/config/run-task.ts";
import { isFailure } from "../../domain/failure.ts";
import { describeEnd, isHealthy } from "../../domain/tasks/lifecycle.ts";
import type { HealthReport } from "../../domain/results/results.ts";
import type { Context, Use } from "../context.ts";
import { hasCheck, type TaskSnapshot } from "../tasks/observe.ts";
import { waitsFor } from "../tasks/readiness.ts";
import { findSession } from "../tasks/session.ts";
import { type Examined, examine, lastSeen } from "../tasks/examine.ts";
import type { HealthRecord } from "../../adapters/state/records.ts";

/** The health of all tasks; status 1 if a wanted task is not healthy. */
export async function health(ctx: Context): Use<HealthReport> {
  const { tasks } = ctx.project.config;
  const session = await findSession(ctx);
  if (isFailure(session)) return session;
  const rows = await Promise.all(tasks.map((task) => taskHealth(ctx, task)));
  const isSick = rows.some(({ row, isNeeded }) => isNeeded && !row.healthy);
  const result = {
    healthy_count: rows.filter(({ row }) => row.healthy).length,
    total_count: rows.length,
    tasks: rows.map(({ row }) => row),
  };
  return { result, status: isSick ? 1 : 0 };
}

/** The status as the monitor sees it: from its own newest checks, without calling tmux. */
export function healthOf(ctx: Context): HealthReport {
  const tasks = ctx.project.config.tasks.map((task) => rowOf(ctx, task, lastSeen(ctx, task)));
  const healthy_count = tasks.filter((row) => row.healthy).length;
  return { healthy_count, total_count: tasks.length, tasks };
}

async function taskHealth(ctx: Context, task: Task) {
  const examined = await examine(ctx, task);
  return { row: rowOf(ctx, task, examined), isNeeded: isNeeded(task, examined.seen) };
}

/** Whether the task should be up. One of `run` is over once it has ended. */
const isNeeded = (task: Task, { memory, process }: TaskSnapshot): boolean =>
  memory.want === "up" && !(isRunTask(task) && process.kind === "ended");

const rowOf = (ctx: Context, task: Task, { seen, health }: Examined) => ({
  name: task.name,
  healthy: isHealthy(seen.state, task.oneshot),
  state: seen.state,
  method: methodOf(task),
  reason: reasonOf(ctx, task, seen, health),
});

/** How a task's health is determined. */
function methodOf(task: Task): string {
  if (task.health_check !== null) return "command";
  if (task.health_url !== null) return "http";
  if (task.health_tcp !== null) return "tcp";
  if (task.ready_log !== null) return "log";
  return task.oneshot ? "exit" : "process";
}

/** Why a task isn't healthy; null if it is. */
function reasonOf(
  ctx: Context,
  task: Task,
  seen: TaskSnapshot,
  checked: HealthRecord | null,
): string | null {
  if (isHealthy(seen.state, task.oneshot)) return null;
  const { process, memory } = seen;
  if (seen.state === "stopped") return memory.run === null ? "not started" : "stopped";
  if (seen.state === "stopping") return "being stopped";
  if (seen.state === "starting" && process.kind !== "alive") return "is being started";
  if (process.kind === "ended") return `process ${describeEnd(process.end)}`;
  return (hasCheck(task) ? checked?.reason : null) ?? waitsFor(ctx, task);
}
