import type { CommandOutcome, ShellCommand } from "../adapters/commands.ts";
import type { LaunchEnvironment } from "../adapters/task-environment.ts";
import type { Monitor } from "../adapters/lease.ts";
import type { Launchers } from "../adapters/launcher.ts";
import type { SessionLock } from "../adapters/lock.ts";
import type { MemberScan } from "../adapters/member-scan.ts";
import type { Probe, ProbeResult } from "../adapters/probes.ts";
import type { ProcessIdentity } from "../adapters/processes.ts";
import type { RunState } from "../adapters/run-state.ts";
import type { Tmux } from "../adapters/tmux.ts";
import type { Project, Task } from "../domain/config.ts";
import type { Happening, TaskmuxEvent } from "../domain/events.ts";
import type { Failure } from "../domain/failure.ts";
import type { Listener } from "../domain/port-owner.ts";
import type { SignalName } from "../domain/results.ts";
import type { Progress } from "../domain/progress.ts";

/** All that a use case may touch. The real things are put together in cli/context.ts. */
export interface Context {
  project: Project;
  tmux: Tmux;
  state: RunState;
  lock: SessionLock;
  launchers: Launchers;
  scan: MemberScan;
  signals: {
    /** Signals exactly this process. */
    send(process: ProcessIdentity, signal: SignalName): void;
    /** C-c to the terminal that a launcher lives in; returns the process group it went to. */
    interrupt(launcher: number): number | null;
  };
  ports: {
    /** Who listens on a TCP port. */
    listeners(port: number): Promise<Listener[]>;
    /** This user's id. */
    readonly uid: number;
  };
  runProbe(probe: Probe): Promise<ProbeResult>;
  runCommand(command: ShellCommand): Promise<CommandOutcome>;
  environments: LaunchEnvironment;
  /** Whether a person sits at this command. */
  onTerminal: boolean;
  /** What a process calls itself and where it is; null where that can't be told. */
  describeProcess(pid: number): { command: string; path: string } | null;
  logPath(task: Task): string;
  /** Tells of the tasks whose launchers have left a notice; call what is returned to end it. */
  watchNews(onNews: (task: string) => void): () => void;
  /** Puts what happened on record. */
  record(happening: Happening): void;
  /** Is told of what this process puts on record. */
  onEvent?: (event: TaskmuxEvent) => void;
  /** Is told what no event tells, as a sentence. */
  onNotice?: (sentence: string) => void;
  /** The monitor of the session, if one lives. */
  monitor(): Monitor | null;
  /** Epoch ms. */
  now(): number;
  sleep(ms: number): Promise<void>;
  report(progress: Progress): void;
}

/** What a use case answers: the result that is printed, and the exit status where it isn't 0 (1 if `ok` is false). */
export interface Answer<T> {
  result: T;
  status?: number;
}

export type Use<T> = Promise<Answer<T> | Failure>;
