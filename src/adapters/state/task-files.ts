import type { Act, TaskProcess } from "../../domain/tasks/lifecycle.ts";
import type { Supervision } from "../../domain/tasks/supervision.ts";
import type { ProcessIdentity } from "../processes/table.ts";
import {
  isAbsent,
  makeRoom,
  parseJson,
  removeUnfinished,
  replaceOwnFile,
} from "../system/files.ts";
import { makePrivateDirectory } from "../system/paths.ts";
import { actInProgress } from "./acts.ts";
import { Readings } from "./readings.ts";
import {
  BLANK,
  type HealthRecord,
  type LaunchRecord,
  type SupervisionRecord,
  type TaskMemory,
} from "./records.ts";
import type { SessionHub } from "./session-hub.ts";
import { TaskHealth } from "./task-health.ts";
import { TaskOutput } from "./task-output.ts";
import { TaskRuns } from "./task-runs.ts";
import { TaskWatch } from "./task-watch.ts";

const MEMORY = "state.json";
const LAUNCH = "launch.json";
const SUPERVISION = "supervision.json";
const CALLER = "caller.json";

const PIPE_TAKEN =
  "Another program has taken the pipe of its window: output is missing until the next start, restart or stop";
const HUB_DEAD =
  "The session's log hub has ended: output waits until the next start, restart or stop";
const WINDOW_CLOSED = "Its window was closed: output is lost until it is restarted";

/**
 * All that is recorded of a task, in its directory. Each file is read at most once in a turn of the event loop, and again
 * after an `await` (see {@link Readings}): the object may be kept.
 */
export class TaskFiles {
  readonly runs: TaskRuns;
  readonly health: TaskHealth;
  readonly output: TaskOutput;
  readonly watch: TaskWatch;
  readonly #files: Readings;
  readonly #hub: SessionHub;
  /** The record of a launch never changes. */
  #launch: LaunchRecord | null = null;

  /**
   * `directory`: the task's, in the session's run directory; `isHidden`: whether the records belong to another config, and
   * count as missing.
   */
  constructor(
    readonly directory: string,
    launcherScript: string,
    isHidden: () => boolean,
    hub: SessionHub,
  ) {
    this.#hub = hub;
    this.#files = new Readings(directory, isHidden);
    this.runs = new TaskRuns(this.#files, launcherScript);
    this.health = new TaskHealth(this.#files);
    this.output = new TaskOutput(this.#files);
    this.watch = new TaskWatch(this.#files);
  }

  /** Makes the directory. */
  prepare(): void {
    makePrivateDirectory(this.directory);
  }

  /** Removes temporary files of commands that were killed while writing. */
  tidy(): void {
    removeUnfinished(this.directory);
  }

  memory(): TaskMemory {
    const stored = this.#files.json(MEMORY);
    return typeof stored === "object" && stored !== null ? { ...BLANK, ...stored } : { ...BLANK };
  }

  remember(change: Partial<TaskMemory>): void {
    const memory = { ...this.memory(), ...change };
    try {
      this.#write(MEMORY, memory);
    } catch (error) {
      if (!isAbsent(error)) throw error;
      // The first record of the task.
      this.prepare();
      this.#write(MEMORY, memory);
    }
  }

  /** Checks that a launch can be recorded; throws otherwise. The lock must be held. */
  makeRoom(): void {
    for (const name of [MEMORY, LAUNCH]) makeRoom(this.#files.path(name));
  }

  /** The act in progress on the task, if its process is running. */
  act(): Act | null {
    return actInProgress(this.memory().act);
  }

  /** Removes the record of the act. */
  endAct(): void {
    if (this.memory().act !== null) this.remember({ act: null });
  }

  /**
   * The memory, and the state of the process of the last launch. A command records a stop before it ends the process, so
   * after an end that looks like a crash the memory is read again: the stop may have come in between.
   */
  readRun(): { memory: TaskMemory; process: TaskProcess } {
    const before = this.memory();
    const process = this.runs.process(before.run, before.launchedAt);
    const isByItself = before.want === "up" && before.stoppedRun !== before.run;
    if (process.kind !== "ended" || !isByItself) return { memory: before, process };
    this.#files.forget(MEMORY);
    const memory = this.memory();
    return memory.run === before.run ? { memory, process } : this.readRun();
  }

  /** The state of the process of the last launch. */
  process(): TaskProcess {
    return this.readRun().process;
  }

  /** The launcher of the last run, if it is running. */
  launcher(): ProcessIdentity | null {
    return this.runs.launcher(this.memory().run);
  }

  launchRecord(): LaunchRecord | null {
    return this.#files.json(LAUNCH) as LaunchRecord | null;
  }

  /** Records the environment of the command that could not launch the task yet. */
  recordCaller(environment: Readonly<Record<string, string>>): void {
    this.#write(CALLER, environment);
  }

  caller(): Record<string, string> | null {
    return this.#files.json(CALLER) as Record<string, string> | null;
  }

  /** The record of a launch; read once. */
  launchOf(run: string): LaunchRecord | null {
    if (this.#launch?.run !== run) this.#launch = this.launchRecord();
    return this.#launch;
  }

  recordLaunch(launch: LaunchRecord): void {
    this.#write(LAUNCH, launch);
  }

  /** A monitor's state for the launch `run`; null if it was launched by a command since, or never watched. */
  supervision(run: string | null): Supervision | null {
    const text = this.#files.rare(SUPERVISION);
    const record = (text === null ? null : parseJson(text)) as SupervisionRecord | null;
    return record !== null && record.runs.includes(run) ? record.supervision : null;
  }

  recordSupervision(record: SupervisionRecord): void {
    if (!this.#files.isHidden()) this.#write(SUPERVISION, record);
  }

  /** Records a result of the health check. A result equal to the recorded one is written again only every few seconds. */
  recordHealth(health: HealthRecord): void {
    // A newer launch has its own results.
    if (this.health.isWritten(health) || this.memory().run !== health.run) return;
    this.health.write(health);
  }

  /** Why the task's output isn't written to its log, as a sentence. */
  logError(): string | null {
    return this.output.writerError() ?? this.#pipeError();
  }

  #pipeError(): string | null {
    const { kind } = this.output.pipe();
    if (kind === "open")
      return this.#hub.state() === "dead" && this.output.usesHub() ? HUB_DEAD : null;
    if (kind !== "ended") return null;
    if (this.launcher() !== null) return PIPE_TAKEN;
    return this.process().kind === "alive" ? WINDOW_CLOSED : null;
  }

  #write(name: string, value: unknown): void {
    const firstSpare = name === SUPERVISION ? "at once" : "before release";
    replaceOwnFile(this.#files.path(name), `${JSON.stringify(value)}\n`, firstSpare);
    this.#files.forget(name);
  }
}
