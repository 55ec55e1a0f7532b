import type { Probe } from "../adapters/probes.ts";
import type { HealthRecord, LaunchRecord } from "../adapters/run-state.ts";
import { parseTcpAddress } from "../domain/config-address.ts";
import type { Task } from "../domain/config.ts";
import type { Context } from "./context.ts";

/** The probe of a task's health check, in the surroundings of its launch; null if it has none. */
export function probeOf(task: Task, launch: LaunchRecord | null): Probe | null {
  const limit = task.health_timeout;
  const statuses = task.health_expected_status;
  if (task.health_url !== null) return { method: "http", url: task.health_url, statuses, limit };
  const address = task.health_tcp === null ? null : parseTcpAddress(task.health_tcp);
  if (address !== null) return { method: "tcp", ...address, limit };
  if (task.health_check === null || launch === null) return null;
  const { shell, cwd, environment } = launch;
  const command = task.health_check;
  return { method: "command", command: { shell, command, cwd, environment, limit } };
}

/** Runs a task's health check once for the launch `run`, and puts the result on record; null if it has none. */
export async function checkHealth(
  ctx: Context,
  task: Task,
  run: string,
): Promise<HealthRecord | null> {
  const probe = probeOf(task, ctx.state.launchOf(task.name, run));
  if (probe === null) return null;
  const { ok, reason } = await ctx.runProbe(probe);
  const at = new Date(ctx.now()).toISOString();
  const health: HealthRecord = { run, ok, method: probe.method, reason, at };
  ctx.state.recordHealth(task.name, health);
  return health;
}
