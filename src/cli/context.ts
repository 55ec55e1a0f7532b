import type { Context } from "../app/context.ts";
import { endRunningCommands, runCommand } from "../adapters/commands.ts";
import { EventLog } from "../adapters/event-log.ts";
import { type Monitor, readLease } from "../adapters/lease.ts";
import { Launchers } from "../adapters/launcher.ts";
import { isTerminal } from "../adapters/libc.ts";
import { SessionLock } from "../adapters/lock.ts";
import { MemberScan } from "../adapters/member-scan.ts";
import { watchNews } from "../adapters/news.ts";
import { logPath } from "../adapters/paths.ts";
import { runProbe } from "../adapters/probes.ts";
import { describeProcess, interruptForeground, signalExactly } from "../adapters/processes.ts";
import { RunState } from "../adapters/run-state.ts";
import { ownCommand } from "../adapters/self.ts";
import { LaunchEnvironment } from "../adapters/task-environment.ts";
import { Tmux } from "../adapters/tmux.ts";
import type { Project } from "../domain/config.ts";
import { eventOf, type Happening } from "../domain/events.ts";
import type { Progress } from "../domain/progress.ts";

/** Puts the real things together: the one place that does. */
export function createContext(
  project: Project,
  tell: { progress(progress: Progress): void; waitingForLock(): void },
): Context {
  const state = new RunState(project.session);
  const events = new EventLog();
  let monitor: { found: Monitor | null } | undefined;
  const record = (happening: Happening): void => {
    const event = eventOf(happening, project.session, Date.now());
    // An event that can't be recorded (a full disk) is no reason to leave a task down.
    events.append([event]);
    context.onEvent?.(event);
  };
  const context: Context = {
    project,
    state,
    tmux: new Tmux(project.directory, state.server()?.socket ?? null),
    lock: new SessionLock(project.session, () => tell.waitingForLock()),
    launchers: new Launchers(state, [...ownCommand(), "__log-writer"]),
    scan: new MemberScan(),
    signals: { send: signalExactly, interrupt: interruptForeground },
    ports: {
      listeners: async (port) => (await import("../adapters/ports.ts")).listeners(port),
      uid: process.geteuid?.() ?? -1,
    },
    runProbe,
    runCommand,
    environments: new LaunchEnvironment(project),
    onTerminal: isTerminal(0) && isTerminal(1),
    describeProcess,
    logPath: (task) => logPath(project.session, task),
    monitor: () => (monitor ??= { found: readLease(project.session) }).found,
    now: Date.now,
    sleep: Bun.sleep,
    watchNews: (onNews) => watchNews(state.newsDirectory, onNews),
    record,
    report: (progress) => tell.progress(progress),
  };
  return context;
}

/** Ends what this process still runs for itself: health checks and hooks. */
export const closeContext = endRunningCommands;
