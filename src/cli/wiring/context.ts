import { existsSync } from "node:fs";
import type { Context } from "../../app/context.ts";
import type { RunState } from "../../adapters/state/run-state.ts";
import { findSession } from "../../app/tasks/session.ts";
import { endRunningCommands, runCommand } from "../../adapters/processes/shell.ts";
import { EventLog } from "../../adapters/events/log.ts";
import { readLease } from "../../adapters/state/lease.ts";
import { Launchers } from "../../adapters/launch/launcher.ts";
import { sleepUntilAborted } from "../../adapters/system/timers.ts";
import { callerName } from "../../adapters/system/caller.ts";
import { isTerminal } from "../../adapters/system/libc.ts";
import { RunTasks } from "../../adapters/state/run-tasks.ts";
import { SessionPorts } from "../../adapters/ports/session-ports.ts";
import { SessionLock } from "../../adapters/state/lock.ts";
import { MemberScan } from "../../adapters/processes/members.ts";
import { watchNotices } from "../../adapters/state/notices.ts";
import { isOurOnlyProgram } from "../../adapters/processes/own-begin.ts";
import { isYounger, type ProcessIdentity } from "../../adapters/processes/table.ts";
import { logPath } from "../../adapters/system/paths.ts";
import { runProbe } from "../../adapters/processes/probes.ts";
import { siblingsOf } from "../../adapters/state/siblings.ts";
import { ownCommand } from "../../adapters/system/own-command.ts";
import type { SessionCaller } from "../../adapters/launch/caller.ts";
import { LaunchEnvironment } from "../../adapters/launch/environment.ts";
import { endTmuxCalls } from "../../adapters/tmux/call.ts";
import type { Project } from "../../domain/config/config.ts";
import { eventOf, type EventBody, orderedBy } from "../../domain/events.ts";
import { type Failure, isFailure } from "../../domain/failure.ts";
import type { ProgressReporter } from "../progress.ts";
import { accessSession, type SessionAccess } from "./session-access.ts";
import { Unrecorded } from "../../domain/unrecorded.ts";
import {
  ignoresInterrupt,
  interruptForeground,
  signalExactly,
} from "../../adapters/processes/signals.ts";
import { readActivity } from "../../adapters/processes/activity.ts";
import { describeCommand, describeProcess } from "../../adapters/processes/description.ts";

/**
 * How old a command's knowledge of the session's monitor may be, ms: a monitor may start or end while the command waits.
 */
const MONITOR_AGE = 1000;

/** Caches a value for `age` ms. */
function remembered<T>(age: number, read: () => T): () => T {
  let last: { value: T; at: number } | undefined;
  return () => {
    const now = performance.now();
    if (last === undefined || now - last.at > age) last = { value: read(), at: now };
    return last.value;
  };
}

/** Where a Context reports to. */
type ContextReports = Omit<ProgressReporter, "close">;

/** Drops all reports. */
export const SILENT: ContextReports = {
  progress: () => {},
  waitingForLock: () => {},
  gotLock: () => {},
  notice: () => {},
};

/** Parts of a Context that are not the usual ones. */
interface Parts {
  /** Who gives its orders. */
  actor?: () => string;
  access?: SessionAccess;
  /** Whose environment its launches get; default: this process's. */
  caller?: SessionCaller;
  /** Aborted when nobody waits for the result any more. */
  cancelled?: AbortSignal;
}

/** Assembles a Context from the adapters; the only place that does. */
export function createContext(project: Project, tell: ContextReports, parts: Parts = {}): Context {
  const { actor = callerName, access = accessSession(project, tell.notice), cancelled } = parts;
  const { state } = access;
  const events = new EventLog();
  const unrecorded = new Unrecorded((sentence) => context.onNotice?.(sentence));
  const record = (body: EventBody, at = Date.now()): void => {
    const event = eventOf(orderedBy(body, actor), project.session, at);
    const failure = events.append([event]);
    if (failure !== null) unrecorded.add({ kind: "event" }, failure);
    context.onEvent?.(event);
  };
  const ports = new SessionPorts(project, () => state.otherOwner() === null, tell.notice);
  const launchers = new Launchers(state, ownCommand());
  const context: Context = {
    project,
    ...access,
    runTasks: new RunTasks(project, state),
    lock: lockOf(project, tell, cancelled),
    launchers,
    ports,
    environments: new LaunchEnvironment(project, () => ports.addresses, parts.caller),
    logPath: (task) => logPath(project.session, task),
    openLog: async (task) => {
      const { OwnLogs } = await import("../../adapters/logs/own.ts");
      return new OwnLogs(state).open({ task: task.name, path: context.logPath(task) });
    },
    monitor: remembered(MONITOR_AGE, () => readLease(project)),
    siblingsOf: (running) => siblingsOf(project, running),
    watchNotices: (onNotice) =>
      watchOrReport(state, onNotice, (sentence) => context.onNotice?.(sentence)),
    record,
    unrecorded,
    report: (progress) => tell.progress(progress),
    ...(cancelled && { cancelled }),
    ...machine(),
  };
  return context;
}

/** Without a watch, polling finds what notices would have said at once. */
function watchOrReport(
  { noticesDirectory }: RunState,
  onNotice: (task: string) => void,
  report: (sentence: string) => void,
): () => void {
  const ending = watchNotices(noticesDirectory, onNotice);
  if (!isFailure(ending)) return ending;
  report(`The ends of tasks are detected late: ${ending.message}`);
  return () => {};
}

const lockOf = ({ session }: Project, tell: ContextReports, cancelled?: AbortSignal): SessionLock =>
  new SessionLock(
    session,
    () => tell.waitingForLock(),
    () => tell.gotLock(),
    cancelled,
  );

/** The processes, files and clocks of this machine: the same for every project. */
const machine = () => ({
  watchFiles: async (...args: Parameters<Context["watchFiles"]>) => {
    const { watchFiles } = await import("../../adapters/watch/watch.ts");
    return watchFiles(...args);
  },
  scan: new MemberScan(),
  signals: { send: signalExactly, interrupt: interruptForeground, ignoresInterrupt },
  runProbe,
  runCommand,
  readUsage: async (processes: readonly ProcessIdentity[]) => {
    const { readUsage } = await import("../../adapters/processes/usage.ts");
    return readUsage(processes);
  },
  describeCommand,
  describeProcess,
  activityOf: (pid: number) => readActivity(pid),
  isOnTerminal: () => isTerminal(0) && isTerminal(1),
  isThere: existsSync,
  isYounger,
  isOnlyProgram: isOurOnlyProgram,
  pid: process.pid,
  now: Date.now,
  monotonic: () => performance.now(),
  sleep: (ms: number, signal?: AbortSignal) =>
    signal ? sleepUntilAborted(ms, signal) : Bun.sleep(ms),
});

/** Ends the health checks, hooks and tmux calls that this process is still running. */
export function closeContext(): void {
  endRunningCommands();
  endTmuxCalls();
}

/** The tmux session of the project's name, even if another config owns it; null if there is none. */
export const sessionOf = (project: Project) =>
  createContext(project, SILENT).tmux.findSession(project.session);

/** E301 or E302 if the session of the project's name isn't the project's; null otherwise. */
export async function refuseOthersSession(project: Project): Promise<Failure | null> {
  const found = await findSession(createContext(project, SILENT));
  return isFailure(found) ? found : null;
}
