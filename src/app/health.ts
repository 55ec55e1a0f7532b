import type { Task } from "../domain/config.ts";
import { isFailure } from "../domain/failure.ts";
import { describeEnd, isHealthy } from "../domain/lifecycle.ts";
import type { HealthReport } from "../domain/results.ts";
import type { HealthRecord } from "../adapters/run-state.ts";
import type { Context, Use } from "./context.ts";
import { hasCheck, type Seen } from "./observe.ts";
import { waitsFor } from "./readiness.ts";
import { findSession } from "./session.ts";
import { type Examined, examine, lastSeen } from "./status.ts";

/** Every task's health; status 1 when a task that is wanted up is not healthy. */
export async function health(ctx: Context): Use<HealthReport> {
  const { tasks } = ctx.project.config;
  const [session, rows] = await Promise.all([
    findSession(ctx),
    Promise.all(tasks.map((task) => taskHealth(ctx, task))),
  ]);
  if (isFailure(session)) return session;
  const isSick = rows.some(({ row, want }) => want === "up" && !row.healthy);
  const result = {
    healthy_count: rows.filter(({ row }) => row.healthy).length,
    total_count: rows.length,
    tasks: rows.map(({ row }) => row),
  };
  return { result, status: isSick ? 1 : 0 };
}

/** As a monitor sees it: by the newest results of its own checks, without asking tmux. */
export function healthOf(ctx: Context): HealthReport {
  const tasks = ctx.project.config.tasks.map((task) => rowOf(task, lastSeen(ctx, task)));
  const healthy_count = tasks.filter((row) => row.healthy).length;
  return { healthy_count, total_count: tasks.length, tasks };
}

async function taskHealth(ctx: Context, task: Task) {
  const examined = await examine(ctx, task);
  return { row: rowOf(task, examined), want: examined.seen.memory.want };
}

const rowOf = (task: Task, { seen, health }: Examined) => ({
  name: task.name,
  healthy: isHealthy(seen.state, task.oneshot),
  state: seen.state,
  method: methodOf(task),
  reason: reasonOf(task, seen, health),
});

/** How a task's health is told. */
function methodOf(task: Task): string {
  if (task.health_check !== null) return "command";
  if (task.health_url !== null) return "http";
  if (task.health_tcp !== null) return "tcp";
  if (task.ready_log !== null) return "log";
  return task.oneshot ? "exit" : "process";
}

/** Why a task isn't healthy; null if it is. */
function reasonOf(task: Task, seen: Seen, checked: HealthRecord | null): string | null {
  if (isHealthy(seen.state, task.oneshot)) return null;
  const { process, memory } = seen;
  if (seen.state === "stopped") return memory.run === null ? "not started" : "stopped";
  if (process.kind === "ended") return `process ${describeEnd(process.end)}`;
  if (process.kind === "pending") return "just being started";
  return (hasCheck(task) ? checked?.reason : null) ?? waitsFor(task);
}
