import type { TmuxSession } from "../adapters/tmux-arguments.ts";
import type { HealthRecord } from "../adapters/run-state.ts";
import type { Task } from "../domain/config.ts";
import { isFailure } from "../domain/failure.ts";
import { type End, isHealthy, isRunning } from "../domain/lifecycle.ts";
import type { Status, TaskStatus } from "../domain/results.ts";
import { checkHealth } from "./check-health.ts";
import type { Context, Use } from "./context.ts";
import { hasCheck, observe, type Seen } from "./observe.ts";
import { findSession } from "./session.ts";

export async function status(ctx: Context): Use<Status> {
  const { config } = ctx.project;
  const [session, tasks] = await Promise.all([
    findSession(ctx),
    Promise.all(config.tasks.map((task) => taskStatus(ctx, task))),
  ]);
  return isFailure(session) ? session : { result: summary(ctx, session !== null, tasks) };
}

/** As a monitor sees it: by the newest results of its own checks, without asking tmux. */
export function statusOf(ctx: Context): Status {
  const tasks = ctx.project.config.tasks.map((task) => {
    const { seen, health } = lastSeen(ctx, task);
    return statusItem(ctx, task, seen, health);
  });
  return summary(ctx, true, tasks);
}

function summary(ctx: Context, running: boolean, tasks: TaskStatus[]): Status {
  const { session, configPath } = ctx.project;
  return {
    session,
    running,
    active_tasks: tasks.filter((task) => task.running).length,
    config_path: configPath,
    monitor: ctx.monitor(),
    tasks,
  };
}

/** A task's status; its health check is run if its process lives. */
export async function taskStatus(ctx: Context, task: Task): Promise<TaskStatus> {
  const { seen, health } = await examine(ctx, task);
  return statusItem(ctx, task, seen, health);
}

function statusItem(ctx: Context, task: Task, seen: Seen, health: HealthRecord | null): TaskStatus {
  const { memory, process, state } = seen;
  return {
    name: task.name,
    state,
    running: isRunning(state),
    healthy: isHealthy(state, task.oneshot),
    want: memory.want,
    command: task.command,
    auto_start: task.auto_start,
    port: task.port,
    restart_policy: task.restart_policy,
    cwd: task.cwd ?? ctx.project.directory,
    depends_on: task.depends_on,
    pid: process.kind === "alive" ? process.pid : null,
    ...exitOf(process.kind === "ended" ? process.end : null),
    started_at: memory.launchedAt === null ? null : new Date(memory.launchedAt).toISOString(),
    restarts: seen.supervision?.count ?? 0,
    last_health: health && {
      ok: health.ok,
      method: health.method,
      reason: health.reason,
      at: health.at,
    },
    log_error: ctx.state.writerError(task.name),
  };
}

/** How a process ended, as results show it; null where it lives, or there is none. */
export function exitOf(end: End | null): Pick<TaskStatus, "exit_code" | "exit_signal"> {
  return {
    exit_code: end?.kind === "exit" ? end.status : null,
    exit_signal: end?.kind === "signal" ? end.signal : null,
  };
}

/** A task as it is now, and the newest result of its health check. */
export interface Examined {
  seen: Seen;
  health: HealthRecord | null;
}

/** Looks at a task, and at what is known of its health. */
export function lastSeen(ctx: Context, task: Task): Examined {
  const seen = observe(ctx, task);
  const { run } = seen.memory;
  return { seen, health: run === null ? null : lastOf(ctx, task, run) };
}

/** Looks at a task and, if it lives, at its health. */
export async function examine(ctx: Context, task: Task): Promise<Examined> {
  const seen = observe(ctx, task);
  const { run } = seen.memory;
  if (!hasCheck(task) || run === null) return { seen, health: null };
  if (seen.process.kind !== "alive") return { seen, health: lastOf(ctx, task, run) };
  const health = await checkHealth(ctx, task, run);
  return { seen: observe(ctx, task, health?.ok), health };
}

function lastOf(ctx: Context, task: Task, run: string): HealthRecord | null {
  const last = ctx.state.lastHealth(task.name);
  return last?.run === run ? last : null;
}

/** The pane's ids, for those who want to talk to tmux themselves. */
export function paneIds(session: TmuxSession | null, task: string) {
  const pane = session?.panes.find((one) => one.task === task);
  return { window_id: pane?.windowId ?? null, pane_id: pane?.paneId ?? null };
}
