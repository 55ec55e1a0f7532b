import type { LogFile } from "../../adapters/logs/file.ts";
import type { LogProgress } from "../../adapters/logs/segments.ts";
import type { Task } from "../../domain/config/config.ts";
import { ErrorDigest } from "../../domain/diagnosis/digest/digest.ts";
import { type ErrorGroup, withoutNumbers } from "../../domain/diagnosis/digest/groups.ts";
import { isOwnText, stampOf, withoutColour } from "../../domain/logs/line.ts";
import { type LogEntry, take } from "../../domain/logs/merge.ts";
import type { Context } from "../context.ts";
import { digestOf, lastLaunch, newestLines, placesOf } from "./run-errors.ts";
import { type LogRun, runBefore, runOfLaunch } from "./runs.ts";

/** An error is printed at once: after this time without output, ms, it is complete. */
export const QUIET = 300;

/** Lines before the baseline whose errors are no new ones. */
const LINES_BEFORE = 2000;

/** For how long the mark of a launch may be missing in the log, ms. */
const MARK_PERIOD = 2000;

/** Kinds of lines that are remembered, at most. */
const MOST_KINDS = 1000;

/** Characters by which kinds differ, at most. */
const LONGEST_KIND = 500;

/** Where the output to judge begins. */
export interface Baseline {
  /** Its offset in the log. */
  find(file: LogFile): number;
  /** It begins with the last launch, which this reader has ordered. */
  isOwnLaunch: boolean;
}

/** What a task prints after a baseline: errors that it didn't print before, and that it has reloaded itself. */
export class OutputWatch {
  /** Whether the run began at the baseline or after it. */
  #beganAfter = false;
  /** The offset is known, and lines are read. */
  #hasBegun = false;
  /** A line after the baseline has matched `reload_log`. */
  reloadedAt: number | null = null;
  /** When the newest line was read, monotonic ms. */
  lastAt: number;
  /**
   * When the newest line was read that is of no kind seen before: a server that logs each health check is never silent,
   * but says nothing new.
   */
  newAt: number;
  readonly #kinds = new Set<string>();
  /** New error groups, as of the last time that the output paused. */
  newErrors: ErrorGroup[] = [];
  /** When there were more of them, monotonic ms. */
  foundAt = 0;
  #known: ReadonlySet<string> = new Set();
  #progress: LogProgress | null = null;
  #judged: LogProgress | null = null;
  #hasUnjudged = false;
  readonly #digest: ErrorDigest;
  readonly #reload: RegExp | null;
  readonly #ctx: Context;
  readonly #task: Task;
  readonly #baseline: Baseline | null;
  readonly #reloadsAfter: string;
  readonly #since: number;
  /** Until it is ready for the first time, what it prints is of its start. */
  #start: RegExp | null = null;

  /**
   * `baseline`: null for all that the last launch prints. `reloadsAfter`: epoch ms; earlier lines are not of a reload.
   */
  constructor(ctx: Context, task: Task, baseline: Baseline | null, reloadsAfter = 0) {
    this.#ctx = ctx;
    this.#task = task;
    this.#baseline = baseline;
    this.#reloadsAfter = stampOf(reloadsAfter);
    this.#reload = task.reload_log === null ? null : new RegExp(task.reload_log);
    this.#digest = new ErrorDigest(placesOf(ctx, task));
    this.lastAt = this.newAt = this.#since = ctx.monotonic();
  }

  /** Reads new lines. */
  async poll(): Promise<void> {
    const file = await this.#ctx.openLog(this.#task);
    try {
      if (!this.#hasBegun) this.#begin(file);
      if (this.#hasBegun) this.#read(file);
    } finally {
      file.close();
    }
    if (this.#ctx.monotonic() - this.lastAt >= QUIET) this.judge();
  }

  /** Judges what was read so far. */
  judge(): void {
    if (!this.#hasUnjudged || this.#progress === null) return;
    this.#hasUnjudged = false;
    this.#judged = this.#progress;
    const before = this.newErrors.length;
    this.newErrors = this.#digest.groups(this.#known);
    if (this.newErrors.length > before) this.foundAt = this.#ctx.monotonic();
  }

  /** Whether the run was launched by another order than the one at which the output to judge begins. */
  get isRelaunched(): boolean {
    return this.#beganAfter && this.#baseline?.isOwnLaunch !== true;
  }

  /** Whether the output has been found, and all that was read of it is judged. */
  get isJudged(): boolean {
    return this.#hasBegun && !this.#hasUnjudged;
  }

  /** Number of error groups from before that were not printed again. */
  get goneErrors(): number {
    const now = this.#digest.fingerprints();
    return [...this.#known].filter((fingerprint) => !now.has(fingerprint)).length;
  }

  /** How far the output was judged, where the next verification begins; null if none was read. */
  get judged(): LogProgress | null {
    return this.#judged;
  }

  #begin(file: LogFile): void {
    const launch = lastLaunch(this.#ctx, this.#task);
    const run = runOfLaunch(file, launch);
    const isAwaited = launch.at !== null && this.#ctx.monotonic() - this.#since < MARK_PERIOD;
    if (run === null && isAwaited) return;
    const baseline = this.#baseline?.find(file) ?? run?.from ?? file.size;
    this.#beganAfter = run !== null && run.from >= baseline;
    const from = this.#beganAfter ? run!.from : baseline;
    this.#known = this.#beganAfter ? this.#errorsBefore(file, run!) : this.#errorsUpTo(file, from);
    this.#hasBegun = true;
    const { ready_log } = this.#task;
    this.#start = this.#beganAfter && ready_log !== null ? new RegExp(ready_log) : null;
    this.#take(file, from);
  }

  #read(file: LogFile): void {
    this.#take(file, file.unreadFrom(this.#progress ?? {}));
  }

  #take(file: LogFile, from: number): void {
    if (this.#progress !== null && from >= file.size) return;
    for (const line of newestLines(file, from, file.size)) this.#add(line);
    this.#progress = file.progress();
    this.#hasUnjudged = true;
  }

  #add(line: LogEntry): void {
    this.#digest.add(line);
    this.lastAt = this.#ctx.monotonic();
    const text = withoutColour(line.text);
    this.#noteKind(text);
    if (isOwnText(text)) return;
    const isOfStart = this.#start !== null || line.stamp <= this.#reloadsAfter;
    if (this.#start?.test(text)) this.#start = null;
    if (!isOfStart && this.#reload?.test(text)) this.reloadedAt = this.lastAt;
  }

  #noteKind(text: string): void {
    const kind = withoutNumbers(text.slice(0, LONGEST_KIND));
    if (this.#kinds.has(kind)) return;
    if (this.#kinds.size >= MOST_KINDS) this.#kinds.clear();
    this.#kinds.add(kind);
    this.newAt = this.lastAt;
  }

  #errorsBefore(file: LogFile, run: LogRun): ReadonlySet<string> {
    const before = runBefore(file, run);
    return before === null ? new Set() : digestOf(file, before, this.#places).fingerprints();
  }

  #errorsUpTo(file: LogFile, to: number): ReadonlySet<string> {
    const lines = [...take(file.lines("newest first", 0, to, null), LINES_BEFORE)].toReversed();
    const digest = new ErrorDigest(this.#places);
    for (const line of lines) digest.add(line);
    return digest.fingerprints();
  }

  get #places() {
    return placesOf(this.#ctx, this.#task);
  }
}
