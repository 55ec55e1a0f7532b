import type { LogFollower } from "../../adapters/logs/follow.ts";
import { ContextFilter, type LogRow } from "../../domain/logs/context.ts";
import { type Failure, isFailure } from "../../domain/failure.ts";
import { stampOf } from "../../domain/logs/line.ts";
import { type LogEntry, mergeLogs, take } from "../../domain/logs/merge.ts";
import type { LogPattern } from "../../domain/logs/pattern.ts";
import {
  distinct,
  type LogRange,
  type LogsDeps,
  type LogSource,
  type LogsRequest,
  patternOf,
  plain,
  rangeOf,
  selectRows,
  sourcesOf,
  stream,
} from "./logs.ts";

/** Poll period, ms. */
const POLL_EVERY = 40;
/** Poll period after a while without output, ms: half the cost, and still immediate for people. */
const POLL_IDLE_EVERY = 100;
const IDLE_AFTER = 10_000;
/** Number of polls between searches for new tasks. */
const DISCOVER_EVERY = 20;
const BATCH_SIZE = 500;
/** Maximum number of bytes read from one log before the others are read again: a log may be written faster than it is read. */
const MOST_PER_POLL = 1 << 18;

/** The additional dependencies of `logs -f`. */
export interface FollowDeps extends LogsDeps {
  /** The lines after `newest`, or all if it is null. */
  follow(source: LogSource, newest: LogRange["file"]["newest"]): LogFollower;
  /** Epoch ms. */
  now(): number;
  /** Ends at once when the signal is aborted; never fails. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** Shows rows; returns false if the output is closed. An empty list only checks that. */
export type EmitRows = (rows: readonly LogRow[]) => boolean;

/**
 * The newest lines, then new lines, until the signal is aborted, the output is closed, or `until` has passed. For all
 * tasks, this includes tasks that are added later.
 */
export async function followLogs(
  request: LogsRequest,
  deps: FollowDeps,
  emit: EmitRows,
  signal: AbortSignal,
): Promise<Failure | null> {
  const sources = sourcesOf(request, deps);
  if (isFailure(sources)) return sources;
  const pattern = patternOf(request);
  if (isFailure(pattern)) return pattern;
  const following = new Following(request, deps, pattern);
  try {
    if (following.begin(sources, emit)) await following.run(emit, signal);
  } finally {
    following.close();
  }
  return null;
}

class Following {
  readonly #followers: LogFollower[] = [];
  #lastShown: number;
  readonly #filter: ContextFilter | null;
  readonly #since: string;
  readonly #until: string;
  readonly #request: LogsRequest;
  readonly #deps: FollowDeps;

  constructor(request: LogsRequest, deps: FollowDeps, pattern: LogPattern | null) {
    this.#request = request;
    this.#deps = deps;
    this.#pattern = pattern;
    this.#lastShown = deps.now();
    this.#filter = pattern && new ContextFilter(pattern.matches, request.context);
    this.#since = request.since === null ? "" : stampOf(request.since);
    this.#until = request.until === null ? "~" : stampOf(request.until);
  }

  readonly #pattern: LogPattern | null;

  /** Shows the existing lines; following continues exactly after them. */
  begin(sources: readonly LogSource[], emit: EmitRows): boolean {
    const ranges = sources.map((source) => rangeOf(this.#deps.openLog(source), this.#request));
    const rows = [...selectRows(ranges, this.#request, this.#pattern)];
    const isRead = emit(rows);
    this.#resume(ranges, rows.length > 0);
    for (const [index, source] of sources.entries()) {
      const { file } = ranges[index]!;
      this.#followers.push(this.#deps.follow(source, file.newest));
      file.close();
    }
    return isRead;
  }

  async run(emit: EmitRows, signal: AbortSignal): Promise<void> {
    for (let polls = 1; !signal.aborted; polls++) {
      if (polls % DISCOVER_EVERY === 0) this.#discover();
      if (!(await this.#show(emit, signal)) || !emit([])) return;
      if (this.#request.until !== null && this.#deps.now() > this.#request.until + 2 * POLL_EVERY)
        return;
      await this.#deps.sleep(this.#pause(), signal);
    }
  }

  #pause(): number {
    if (this.#followers.some((follower) => follower.isBehind)) return 0;
    return this.#deps.now() - this.#lastShown > IDLE_AFTER ? POLL_IDLE_EVERY : POLL_EVERY;
  }

  close(): void {
    for (const follower of this.#followers) follower.close();
  }

  #resume(ranges: readonly LogRange[], hasShown: boolean): void {
    if (this.#filter === null) return;
    const count = 2 * this.#request.context + 1;
    const last = [...take(stream(ranges, "newest first", null), count)].toReversed();
    this.#filter.resume(last.map(plain), hasShown);
  }

  #discover(): void {
    if (this.#request.tasks.length > 0) return;
    const known = new Set(this.#followers.map(({ task }) => task));
    for (const source of distinct(this.#deps.sources()))
      if (!known.has(source.task)) this.#followers.push(this.#deps.follow(source, null));
  }

  async #show(emit: EmitRows, signal: AbortSignal): Promise<boolean> {
    let rows: LogRow[] = [];
    const polled = this.#followers.map((follower) => follower.poll(MOST_PER_POLL));
    for (const entry of mergeLogs(polled, "oldest first")) {
      rows.push(...this.#rowsFor(entry));
      if (rows.length < BATCH_SIZE) continue;
      if (!emit(rows)) return false;
      rows = [];
      // A log that is written as fast as it is read must not block this process.
      await this.#deps.sleep(0, signal);
      if (signal.aborted) return false;
    }
    if (rows.length === 0) return true;
    this.#lastShown = this.#deps.now();
    return emit(rows);
  }

  #rowsFor(entry: LogEntry): LogRow[] {
    if (entry.stamp < this.#since || entry.stamp > this.#until) return [];
    return this.#filter === null ? [{ ...entry, gap: false }] : this.#filter.push(plain(entry));
  }
}
