import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { End, TaskProcess, Want } from "../domain/lifecycle.ts";
import type { Supervision } from "../domain/supervision.ts";
import {
  modifiedAt,
  parseJson,
  readJson,
  readRare,
  readText,
  removeUnfinished,
  replaceFile,
  replaceOwnFile,
} from "./files.ts";
import { makePrivateDirectory, runDirectory } from "./paths.ts";
import { isAlive, type ProcessIdentity, signalName } from "./processes.ts";
import type { TmuxServer } from "./tmux-arguments.ts";

/** What is remembered of a task from one command to the next; written under the session's lock. */
export interface TaskMemory {
  want: Want;
  /** The last launch, or null before the first. */
  run: string | null;
  /** When it was told to start, epoch ms. */
  launchedAt: number | null;
  /** The launch that a command has ended on purpose: how it ended says nothing about the task. */
  stoppedRun: string | null;
}

/** What a monitor knows of the launches `runs`: the newest, and the one before, which it takes the place of. */
export interface SupervisionRecord {
  runs: (string | null)[];
  supervision: Supervision;
}

/** The result of one health check. `at` is ISO 8601 UTC. */
export interface HealthRecord {
  run: string;
  ok: boolean;
  method: string;
  reason: string | null;
  at: string;
}

/** What was launched: a monitor launches it again, and its checks and hooks run in its surroundings. */
export interface LaunchRecord {
  run: string;
  command: string;
  shell: string;
  cwd: string;
  environment: Record<string, string>;
}

/** A launcher that lives and doesn't tell within as many ms is stopped, or about to be. */
const MOST_LOOKS = 500;

/** A launcher that was told longer ago, ms, and has put nothing on record never will. */
const MOST_PENDING = 30_000;

const isRecent = (at: number | null): boolean => at !== null && Date.now() - at < MOST_PENDING;

const lost: TaskProcess = { kind: "ended", end: { kind: "lost" } };

/** How old a health record may get before the same is written again, ms. */
const HEALTH_AGE = 5000;

const sameHealth = (last: HealthRecord, now: HealthRecord): boolean =>
  last.run === now.run &&
  last.ok === now.ok &&
  last.reason === now.reason &&
  Date.parse(now.at) - Date.parse(last.at) < HEALTH_AGE;

/** Which file has a path now: each that takes its place is another. The clock of a file system may stand still for ms. */
function fileAt(path: string): string | null {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat ? `${stat.ino} ${stat.mtimeMs}` : null;
}

/** Bytes; a run leaves some hundred. */
const MOST_RECORD = 4096;

const blank: TaskMemory = { want: "down", run: null, launchedAt: null, stoppedRun: null };

/** The run directory of one session: all facts that no process may keep to itself. Small files, replaced at once. */
export class RunState {
  readonly #launches = new Map<string, LaunchRecord>();
  /** What this process wrote last, and the file that it made for it. */
  readonly #healths = new Map<string, { health: HealthRecord; file: string | null }>();

  constructor(
    readonly session: string,
    readonly directory = runDirectory(session),
  ) {}

  /** Begins all run ids of this session. It differs between home directories, so a stranger's marks never match. */
  get scope(): string {
    return Bun.hash(this.directory).toString(36);
  }

  /** What is known of one task. Both names are valid ones, so no path leaves `run`. */
  taskDirectory(task: string): string {
    return `${this.directory}/tasks/${task}`;
  }

  prepareTask(task: string): void {
    makePrivateDirectory(this.taskDirectory(task));
    makePrivateDirectory(this.newsDirectory);
  }

  /** A launcher writes a file named as its task here when a process of it starts or ends. */
  get newsDirectory(): string {
    return join(this.directory, "news");
  }

  /** Every task that was ever launched in this session, those included that the config has no more. */
  knownTasks(): string[] {
    try {
      return readdirSync(join(this.directory, "tasks"));
    } catch {
      return [];
    }
  }

  /** Removes what commands that were killed while they wrote have left behind. */
  tidy(task: string): void {
    removeUnfinished(this.directory);
    removeUnfinished(this.taskDirectory(task));
  }

  memory(task: string): TaskMemory {
    const stored = readJson(this.#path(task, "state.json"));
    return typeof stored === "object" && stored !== null ? { ...blank, ...stored } : { ...blank };
  }

  remember(task: string, change: Partial<TaskMemory>): void {
    this.prepareTask(task);
    const memory = { ...this.memory(task), ...change };
    replaceOwnFile(this.#path(task, "state.json"), `${JSON.stringify(memory)}\n`);
  }

  /** What became of the process of the launch that `memory` names. */
  process(task: string, memory: TaskMemory): TaskProcess {
    if (memory.run === null) return { kind: "none" };
    const { process, end } = this.#record(task, memory.run);
    if (end) return { kind: "ended", end };
    if (!process) return isRecent(memory.launchedAt) ? { kind: "pending" } : lost;
    const { pid, startTime } = process;
    if (isAlive(process)) return { kind: "alive", pid, startTime };
    return { kind: "ended", end: this.#endOfGone(task, memory.run, process.launcher) };
  }

  /** The process is gone: its launcher, if it lives, puts the end on record in a moment. */
  #endOfGone(task: string, run: string, launcher: ProcessIdentity): End {
    for (let looks = 0; looks < MOST_LOOKS; looks++) {
      const isLastLook = !isAlive(launcher);
      const { end } = this.#record(task, run);
      if (end) return end;
      if (isLastLook) break;
      Bun.sleepSync(1);
    }
    return { kind: "lost" };
  }

  #record(task: string, run: string) {
    const path = this.#path(task, "record");
    const { process, end } = parseRecord(readText(path) ?? "", run);
    return { process, end: end && { ...end, at: modifiedAt(path) ?? 0 } };
  }

  /** The launcher that put the task's last run on record, if it lives: then its pane does. */
  launcher(task: string): ProcessIdentity | null {
    const { run } = this.memory(task);
    const launcher = run === null ? null : this.#record(task, run).process?.launcher;
    return launcher && isAlive(launcher) ? launcher : null;
  }

  /** Launchers append to the record; when it has grown, what is in it of earlier runs goes. */
  trimRecord(task: string): void {
    const path = this.#path(task, "record");
    const { size } = statSync(path, { throwIfNoEntry: false }) ?? { size: 0 };
    if (size > MOST_RECORD) rmSync(path, { force: true });
  }

  /** Whether the launcher has put this run on record. */
  isOnRecord(task: string, run: string): boolean {
    const { process, end } = this.#record(task, run);
    return process !== null || end !== null;
  }

  /** When the launcher last put something on record, epoch ms: the start of a run, as long as it lives. */
  recordedAt(task: string): number | null {
    return modifiedAt(this.#path(task, "record"));
  }

  /** The process of this run, whether it lives or not; null where it isn't on record. */
  pidOf(task: string, run: string): number | null {
    return this.#record(task, run).process?.pid ?? null;
  }

  /** Whether the launcher has put the end of this run on record. */
  hasEnded(task: string, run: string): boolean {
    return this.#record(task, run).end !== null;
  }

  /** Whether a line of the task's output has matched `ready_log` in this run; the log writer says so. */
  isReadyByLog(task: string, run: string): boolean {
    return readText(this.#path(task, "ready"))?.trim() === run;
  }

  /** Whether the health check has passed in this run. */
  wasHealthy(task: string, run: string): boolean {
    return readText(this.#path(task, "healthy"))?.trim() === run;
  }

  /** Whether the log holds this run to its end. */
  isLogged(task: string, run: string): boolean {
    return readText(this.#path(task, "logged"))?.trim() === run;
  }

  lastHealth(task: string): HealthRecord | null {
    return readJson(this.#path(task, "health.json")) as HealthRecord | null;
  }

  /** Puts a result on record; one that says what stands there from this process already, only every few seconds. */
  recordHealth(task: string, health: HealthRecord): void {
    const path = this.#path(task, "health.json");
    const last = this.#healths.get(task);
    if (last && sameHealth(last.health, health) && last.file === fileAt(path)) return;
    // A launch that came meanwhile has its own results.
    if (this.memory(task).run !== health.run) return;
    if (health.ok && !this.wasHealthy(task, health.run)) {
      replaceFile(this.#path(task, "healthy"), `${health.run}\n`);
    }
    replaceFile(path, `${JSON.stringify(health)}\n`);
    this.#healths.set(task, { health, file: fileAt(path) });
  }

  /** What monitors know of the launch `run`; null if it was started anew since, or never watched. */
  supervision(task: string, run: string | null): Supervision | null {
    const text = readRare(this.#path(task, "supervision.json"));
    const record = (text === null ? null : parseJson(text)) as SupervisionRecord | null;
    return record !== null && record.runs.includes(run) ? record.supervision : null;
  }

  recordSupervision(task: string, record: SupervisionRecord): void {
    replaceOwnFile(this.#path(task, "supervision.json"), `${JSON.stringify(record)}\n`);
  }

  launchRecord(task: string): LaunchRecord | null {
    return readJson(this.#path(task, "launch.json")) as LaunchRecord | null;
  }

  /** The record of one launch, which is read once. */
  launchOf(task: string, run: string): LaunchRecord | null {
    const known = this.#launches.get(task);
    if (known?.run === run) return known;
    const record = this.launchRecord(task);
    if (record !== null) this.#launches.set(task, record);
    return record;
  }

  recordLaunch(task: string, launch: LaunchRecord): void {
    replaceOwnFile(this.#path(task, "launch.json"), `${JSON.stringify(launch)}\n`);
  }

  /** What keeps the log writer from writing, as a sentence. */
  writerError(task: string): string | null {
    return readRare(this.#path(task, "writer-error"))?.trim() || null;
  }

  /** The tmux server that the session was last seen on. */
  server(): TmuxServer | null {
    return readJson(join(this.directory, "server.json")) as TmuxServer | null;
  }

  recordServer(server: TmuxServer): void {
    replaceOwnFile(join(this.directory, "server.json"), `${JSON.stringify(server)}\n`);
  }

  #path(task: string, file: string): string {
    return `${this.taskDirectory(task)}/${file}`;
  }
}

/** What the launcher has put on record of one run. */
interface RunRecord {
  process: (ProcessIdentity & { launcher: ProcessIdentity }) | null;
  end: { kind: "exit"; status: number } | { kind: "signal"; signal: string } | null;
}

/** Reads a task's `record` as far as it is about `run`. A line without its end is not there yet. */
export function parseRecord(text: string, run: string): RunRecord {
  const record: RunRecord = { process: null, end: null };
  for (const line of text.split("\n").slice(0, -1)) {
    const [what, ofRun, ...values] = line.split(" ");
    if (ofRun !== run) continue;
    if (what === "start") record.process = startOf(values);
    if (what === "exit") record.end = endOf(values);
  }
  return record;
}

function startOf([pid, startTime = "", launcher, launcherStart = ""]: string[]) {
  const parent = { pid: Number(launcher), startTime: launcherStart };
  return { pid: Number(pid), startTime, launcher: parent };
}

function endOf([number, kind]: string[]): NonNullable<RunRecord["end"]> {
  if (kind !== "signal") return { kind: "exit", status: Number(number) };
  return { kind: "signal", signal: signalName(Number(number)) ?? `signal ${number}` };
}
