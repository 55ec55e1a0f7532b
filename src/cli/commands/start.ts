import { detachDaemon } from "../../adapters/daemon/process.ts";
import { readDaemonLease, readLease } from "../../adapters/state/lease.ts";
import { start, type Started } from "../../app/commands/start.ts";
import type { Context, Use } from "../../app/context.ts";
import { tasksNamed } from "../../app/selection.ts";
import type { StartRequest } from "../../app/tasks/start-tasks.ts";
import type { Project } from "../../domain/config/config.ts";
import { unknownProfile } from "../../domain/config/profiles.ts";
import { Failure, isFailure } from "../../domain/failure.ts";
import type { StartDaemon } from "../../domain/results/results.ts";
import { DEFAULT_API_PORT } from "../../domain/values/flag-defaults.ts";
import { readDaemonAnswer } from "../daemon-answer.ts";

/** Options of the daemon of `start -d`. */
interface DaemonWish {
  profiles: readonly string[];
  stopsTasks: boolean;
}

/** `taskmux start -d`: starts a daemon in the background, if the session has no monitor, and then the tasks. */
export async function startWithDaemon(
  ctx: Context,
  request: StartRequest,
  { isMonitor, stopsTasks }: { isMonitor: boolean; stopsTasks: boolean },
): Use<Started & { daemon: StartDaemon }> {
  if (isMonitor) return new Failure("E500", "start takes --monitor or --detach, not both");
  const { config } = ctx.project;
  // What is refused starts no daemon.
  const wrong = tasksNamed(config, request.names);
  const refused = isFailure(wrong) ? wrong : unknownProfile(config.tasks, request.profiles);
  if (refused) return refused;
  const daemon = await monitored(ctx.project, { profiles: request.profiles, stopsTasks });
  if (isFailure(daemon)) return daemon;
  const answer = await start(ctx, request);
  return isFailure(answer) ? answer : { ...answer, result: { ...answer.result, daemon } };
}

/** The session's monitor: the running one, or a new daemon. */
async function monitored(project: Project, wish: DaemonWish): Promise<StartDaemon | Failure> {
  const running = runningMonitor(project);
  if (running !== null) return running;
  const found = await begin(project, wish);
  // Of two such commands at once, one has started the daemon.
  const isLate = isFailure(found) && found.code === "E701";
  return (isLate ? runningMonitor(project) : null) ?? found;
}

/** One that restarts tasks. */
function runningMonitor(project: Project): StartDaemon | null {
  const monitor = readLease(project);
  if (monitor === null || monitor.kind === "ci") return null;
  const url = readDaemonLease(project)?.url ?? null;
  return { action: "already_running", kind: monitor.kind, pid: monitor.pid, url };
}

async function begin(project: Project, wish: DaemonWish): Promise<StartDaemon | Failure> {
  const token = process.env["TASKMUX_TOKEN"] || null;
  // The daemon of another project may have the port.
  const address = { host: "127.0.0.1", port: DEFAULT_API_PORT, orFree: true, token };
  const output = await detachDaemon(project, { ...address, ...wish });
  const answer = readDaemonAnswer(output);
  if (isFailure(answer)) return answer;
  return { action: "started", kind: "daemon", pid: answer.pid, url: answer.url };
}
