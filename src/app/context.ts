import type { CommandOutcome, ShellCommand } from "../adapters/processes/shell.ts";
import type { LaunchEnvironment } from "../adapters/launch/environment.ts";
import type { Monitor } from "../adapters/state/lease.ts";
import type { Launchers } from "../adapters/launch/launcher.ts";
import type { SessionPorts } from "../adapters/ports/session-ports.ts";
import type { SessionLock } from "../adapters/state/lock.ts";
import type { MemberScan } from "../adapters/processes/members.ts";
import type { LogFile } from "../adapters/logs/file.ts";
import type { Probe, ProbeResult } from "../adapters/processes/probes.ts";
import type { RunTasks } from "../adapters/state/run-tasks.ts";
import type { RunState } from "../adapters/state/run-state.ts";
import type { MarkedSession } from "../adapters/tmux/arguments.ts";
import type { Tmux } from "../adapters/tmux/tmux.ts";
import type { Project, Task } from "../domain/config/config.ts";
import type { EventBody, TaskmuxEvent } from "../domain/events.ts";
import type { Failure } from "../domain/failure.ts";
import type { Sibling } from "../domain/results/results.ts";
import type { Unrecorded } from "../domain/unrecorded.ts";
import type { Progress } from "../domain/tasks/progress.ts";
import type { ProcessUsage } from "../domain/tasks/usage.ts";
import type { ProcessActivity } from "../domain/tasks/settling.ts";
import type { SignalName } from "../domain/tasks/lifecycle.ts";
import type { FileListener, FileWatch } from "../adapters/watch/watch.ts";
import type { ReloadSignal } from "../domain/watch/action.ts";
import type { ProcessIdentity } from "../adapters/processes/table.ts";

/** The dependencies of use cases. Assembled in cli/wiring/context.ts. */
export interface Context {
  project: Project;
  tmux: Tmux;
  state: RunState;
  /** The tasks of `run` on record. */
  runTasks: RunTasks;
  lock: SessionLock;
  launchers: Launchers;
  scan: MemberScan;
  signals: {
    /** Signals this process, if it is still the same one. */
    send(process: ProcessIdentity, signal: SignalName | ReloadSignal): void;
    /** Whether a process ignores C-c; false if unknown. */
    ignoresInterrupt(pid: number): boolean;
    /** Sends C-c to a launcher's terminal; returns the process group that got it. */
    interrupt(launcher: number): number | null;
  };
  ports: Pick<
    SessionPorts,
    | "uid"
    | "chosen"
    | "addresses"
    | "listeners"
    | "portsOf"
    | "portsByProcess"
    | "canBind"
    | "choose"
  >;
  /** What each of these processes uses now, by pid. Those that have ended are missing. */
  readUsage(processes: readonly ProcessIdentity[]): Promise<Map<number, ProcessUsage>>;
  runProbe(probe: Probe): Promise<ProbeResult>;
  runCommand(command: ShellCommand): Promise<CommandOutcome>;
  environments: LaunchEnvironment;
  /** Whether the command runs on a terminal. */
  isOnTerminal(): boolean;
  /** A process's command line as a short line; null if it is gone. */
  describeCommand(pid: number): string | null;
  /** What a process is doing; null if unknown. */
  activityOf(pid: number): ProcessActivity | null;
  /** A process's name and directory; null if unknown. */
  describeProcess(pid: number): { command: string; path: string } | null;
  logPath(task: Task): string;
  /** The log of a task, as it is now; to be closed. */
  openLog(task: Task): Promise<LogFile>;
  /** Calls back with the task of each launcher's notice; returns the function that ends it. */
  watchNotices(onNotice: (task: string) => void): () => void;
  /** Watches the files below `cwd` that globs select. */
  watchFiles(cwd: string, globs: readonly string[], listener: FileListener): Promise<FileWatch>;
  /** Records an event; `at` in epoch ms, default now. */
  record(body: EventBody, at?: number): void;
  /** What this process could not record. */
  unrecorded: Unrecorded;
  /** Called with each event that this process records. */
  onEvent?: (event: TaskmuxEvent) => void;
  /** Called with a sentence about something that is no event. */
  onNotice?: (sentence: string) => void;
  /** The running monitor of the session, if any. */
  monitor(): Monitor | null;
  /** This process is about to monitor the session, and will record how tasks have ended. */
  willMonitor?: boolean;
  /** Those of the running sessions that belong to the project's repository, except its own. */
  siblingsOf(running: readonly MarkedSession[]): Sibling[];
  /** Whether a process began after this one. */
  isYounger(process: ProcessIdentity): boolean;
  /** Whether this process began as this program, and has waited for no child yet; false if unknown. */
  isOnlyProgram(): boolean;
  /** Whether a file or directory exists at a path. */
  isThere(path: string): boolean;
  /** The id of this process. */
  readonly pid: number;
  /** Epoch ms, for records and output. This clock may be set. */
  now(): number;
  /** Monotonic ms, for deadlines and intervals. */
  monotonic(): number;
  /** Ends early when the signal is aborted; never fails. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  report(progress: Progress): void;
  /** Aborted when nobody waits for the result any more: the command waits no longer, and launches nothing more. */
  cancelled?: AbortSignal;
}

/** The result of a use case, which is printed, and the exit status if it isn't 0 (1 if `ok` is false). */
export interface Answer<T> {
  result: T;
  status?: number;
  /** A sentence for people beside the result, if there is one; only called to print it. */
  note?(): string | null;
}

export type Use<T> = Promise<Answer<T> | Failure>;
