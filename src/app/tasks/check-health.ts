import type { Probe } from "../../adapters/processes/probes.ts";
import { parseTcpAddress } from "../../domain/values/tcp-address.ts";
import type { AddressedTask } from "../../domain/ports/addresses.ts";
import type { Task } from "../../domain/config/config.ts";
import type { Context } from "../context.ts";
import { tryToRecord } from "./try-to-record.ts";
import type { HealthRecord, LaunchRecord } from "../../adapters/state/records.ts";

/** The probe of a task's health check, in the directory and environment of its launch; null if it has none. */
function probeOf(task: AddressedTask, launch: LaunchRecord | null): Probe | null {
  const limit = task.health_timeout;
  const statuses = task.health_expected_status;
  if (task.health_url !== null) return { method: "http", url: task.health_url, statuses, limit };
  const address = task.health_tcp === null ? null : parseTcpAddress(task.health_tcp);
  if (address !== null) return { method: "tcp", ...address, limit };
  if (task.health_check === null || launch === null) return null;
  const { shell, cwd, environment, fileLimit } = launch;
  const command = task.health_check;
  return {
    method: "command",
    command: { shell, command, cwd, environment, fileLimit: fileLimit ?? null, limit },
  };
}

/** Runs a task's health check once for the launch `run`, and records the result; null if it has none. */
export async function checkHealth(
  ctx: Context,
  task: Task,
  run: string,
): Promise<HealthRecord | null> {
  const files = ctx.state.task(task.name);
  const probe = probeOf(ctx.ports.addresses.of(task), files.launchOf(run));
  if (probe === null) return null;
  const { ok, reason } = await ctx.runProbe(probe);
  const at = new Date(ctx.now()).toISOString();
  const health: HealthRecord = { run, ok, method: probe.method, reason, at };
  tryToRecord(ctx, { kind: "health" }, () => files.recordHealth(health));
  return health;
}
