import { rmSync, statSync } from "node:fs";
import type { End, TaskProcess } from "../../domain/tasks/lifecycle.ts";
import { isKeeper } from "../launch/keeper-line.ts";
import { commandLine } from "../processes/description.ts";
import { isAlive, type ProcessIdentity, readProcess } from "../processes/table.ts";
import type { RecordedLaunch } from "../processes/task-members.ts";
import type { Readings } from "./readings.ts";
import { parseLaunches, parseRecord } from "./run-record.ts";

/** Number of 1 ms waits for a running launcher to record the end; after that it is considered stopped. */
const MOST_LOOKS = 500;

/** A launcher that has recorded nothing this long after a launch message, ms, never will. */
const MOST_PENDING = 30_000;

/** Bytes; a run adds a few hundred. */
const MOST_RECORD = 4096;

const RECORD = "record";

const LOST: TaskProcess = { kind: "ended", end: { kind: "lost" } };

/** The processes and ends of a task's runs, as its launchers have recorded them in the file `record`. */
export class TaskRuns {
  readonly #files: Readings;
  readonly #launcherScript: string;

  /** `launcherScript`: the path that the command line of each launcher names. */
  constructor(files: Readings, launcherScript: string) {
    this.#files = files;
    this.#launcherScript = launcherScript;
  }

  /** The state of the process of a run that was launched at `launchedAt`, epoch ms. */
  process(run: string | null, launchedAt: number | null): TaskProcess {
    if (run === null) return { kind: "none" };
    const { process, end } = this.#record(run);
    if (end) return { kind: "ended", end };
    if (!process) return isRecent(launchedAt) ? { kind: "pending" } : LOST;
    const { pid, startTime } = process;
    if (this.#lives(process)) return { kind: "alive", pid, startTime };
    return { kind: "ended", end: this.#endOfGone(run, process.launcher) };
  }

  /** The launcher that recorded the run, if it is running; then its pane exists too. */
  launcher(run: string | null): ProcessIdentity | null {
    const launcher = run === null ? null : this.#record(run).process?.launcher;
    return launcher && this.#isLauncherAlive(launcher) ? launcher : null;
  }

  /** The recorded launches; their processes may have ended. */
  launches(): RecordedLaunch[] {
    if (this.#files.isHidden()) return [];
    const launches = parseLaunches(this.#files.text(RECORD) ?? "");
    const keepers = new Map(launches.map(({ keeper }) => [keeper?.pid, keeper]));
    for (const [pid, keeper] of keepers) if (!keeper || !isKeeper(keeper)) keepers.delete(pid);
    return launches.map((launch) => ({
      ...launch,
      keeper: keepers.get(launch.keeper?.pid) ?? null,
    }));
  }

  /** Whether the launcher has recorded this run by now, even since the last reading. */
  isOnRecord(run: string): boolean {
    this.#files.forget(RECORD);
    const { process, end } = this.#record(run);
    return process !== null || end !== null;
  }

  /** Whether the launcher has recorded the end of this run. */
  hasEnded(run: string): boolean {
    return this.#record(run).end !== null;
  }

  /** The process of this run, running or not; null if not recorded. */
  pidOf(run: string): number | null {
    return this.#record(run).process?.pid ?? null;
  }

  /** When the launcher last recorded something, epoch ms: the start of the run, while it is running. */
  recordedAt(): number | null {
    return this.#files.modifiedAt(RECORD);
  }

  /** Launchers append to the record; removes earlier runs once it has grown. */
  trim(): void {
    const path = this.#files.path(RECORD);
    const { size } = statSync(path, { throwIfNoEntry: false }) ?? { size: 0 };
    if (size <= MOST_RECORD) return;
    rmSync(path, { force: true });
    this.#files.forget(RECORD);
  }

  #record(run: string) {
    const { process, end } = parseRecord(this.#files.text(RECORD) ?? "", run);
    return { process, end: end && { ...end, at: this.recordedAt() ?? 0 } };
  }

  /** A record of 0.1.0 on macOS has no start times: then only a child of its launcher is the process. */
  #lives(process: ProcessIdentity & { launcher: ProcessIdentity }): boolean {
    if (process.startTime !== "") return isAlive(process);
    const isChild = readProcess(process.pid)?.parent === process.launcher.pid;
    return isChild && this.#isLauncherAlive(process.launcher);
  }

  #isLauncherAlive(launcher: ProcessIdentity): boolean {
    if (launcher.startTime !== "") return isAlive(launcher);
    return commandLine(launcher.pid).includes(this.#launcherScript);
  }

  /** The end of a process that is gone: if its launcher is running, it will record the end in a moment. */
  #endOfGone(run: string, launcher: ProcessIdentity): End {
    for (let looks = 0; looks < MOST_LOOKS; looks++) {
      const isLastLook = !this.#isLauncherAlive(launcher);
      this.#files.forget(RECORD);
      const { end } = this.#record(run);
      if (end) return end;
      if (isLastLook) break;
      Bun.sleepSync(1);
    }
    return { kind: "lost" };
  }
}

const isRecent = (at: number | null): boolean =>
  at !== null && Math.abs(Date.now() - at) < MOST_PENDING;
