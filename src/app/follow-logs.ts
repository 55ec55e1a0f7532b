import type { LogFollower } from "../adapters/log-follow.ts";
import { ContextFilter, type LogRow } from "../domain/log-context.ts";
import { type Failure, isFailure } from "../domain/failure.ts";
import { stampOf } from "../domain/log-line.ts";
import { type LogEntry, mergeLogs, take } from "../domain/log-merge.ts";
import type { LogPattern } from "../domain/log-pattern.ts";
import {
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

/** How often the logs are looked at, in ms: a line is shown half of it after it was written, in the mean. */
const pollEvery = 50;
/** The same once nothing has come for a while: it halves what idling costs, and is still at once to a person. */
const pollIdleEvery = 100;
const idleAfter = 10_000;
/** How often new tasks are looked for, in polls. */
const discoverEvery = 20;
const batchSize = 500;

/** What `logs -f` touches besides. */
export interface FollowDeps extends LogsDeps {
  /** What comes after `newest`, or all where that is null. */
  follow(source: LogSource, newest: LogRange["file"]["newest"]): LogFollower;
  /** Epoch ms. */
  now(): number;
  /** Ends at once when the signal is aborted; never fails. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** Shows rows; false: nobody reads any more. An empty list only asks that. */
export type EmitRows = (rows: readonly LogRow[]) => boolean;

/**
 * The newest lines, then each line as it comes, until the signal is aborted, the reader goes away, or `until` has passed.
 * All tasks: those too that come into being later.
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
  private readonly followers: LogFollower[] = [];
  private lastShown: number;
  private readonly filter: ContextFilter | null;
  private readonly since: string;
  private readonly until: string;

  constructor(
    private readonly request: LogsRequest,
    private readonly deps: FollowDeps,
    pattern: LogPattern | null,
  ) {
    this.pattern = pattern;
    this.lastShown = deps.now();
    this.filter = pattern && new ContextFilter(pattern.matches, request.context);
    this.since = request.since === null ? "" : stampOf(request.since);
    this.until = request.until === null ? "~" : stampOf(request.until);
  }

  private readonly pattern: LogPattern | null;

  /** What there is; what comes is followed from exactly there. */
  begin(sources: readonly LogSource[], emit: EmitRows): boolean {
    const ranges = sources.map((source) => rangeOf(this.deps.openLog(source), this.request));
    const rows = [...selectRows(ranges, this.request, this.pattern)];
    const isRead = emit(rows);
    this.resume(ranges, rows.length > 0);
    for (const [index, source] of sources.entries()) {
      const { file } = ranges[index]!;
      this.followers.push(this.deps.follow(source, file.newest));
      file.close();
    }
    return isRead;
  }

  async run(emit: EmitRows, signal: AbortSignal): Promise<void> {
    for (let polls = 1; !signal.aborted; polls++) {
      if (polls % discoverEvery === 0) this.discover();
      if (!(await this.show(emit, signal)) || !emit([])) return;
      if (this.request.until !== null && this.deps.now() > this.request.until + 2 * pollEvery)
        return;
      const isIdle = this.deps.now() - this.lastShown > idleAfter;
      await this.deps.sleep(isIdle ? pollIdleEvery : pollEvery, signal);
    }
  }

  close(): void {
    for (const follower of this.followers) follower.close();
  }

  private resume(ranges: readonly LogRange[], hasShown: boolean): void {
    if (this.filter === null) return;
    const count = 2 * this.request.context + 1;
    const last = [...take(stream(ranges, "newest first", null), count)].toReversed();
    this.filter.resume(last.map(plain), hasShown);
  }

  private discover(): void {
    if (this.request.tasks.length > 0) return;
    const known = new Set(this.followers.map(({ task }) => task));
    for (const source of this.deps.sources())
      if (!known.has(source.task)) this.followers.push(this.deps.follow(source, null));
  }

  private async show(emit: EmitRows, signal: AbortSignal): Promise<boolean> {
    let rows: LogRow[] = [];
    const polled = this.followers.map((follower) => follower.poll());
    for (const entry of mergeLogs(polled, "oldest first")) {
      rows.push(...this.rowsFor(entry));
      if (rows.length < batchSize) continue;
      if (!emit(rows)) return false;
      rows = [];
      // A log that is written as fast as it is read would leave this process no time for anything else.
      await this.deps.sleep(0, signal);
      if (signal.aborted) return false;
    }
    if (rows.length === 0) return true;
    this.lastShown = this.deps.now();
    return emit(rows);
  }

  private rowsFor(entry: LogEntry): LogRow[] {
    if (entry.stamp < this.since || entry.stamp > this.until) return [];
    return this.filter === null ? [{ ...entry, gap: false }] : this.filter.push(plain(entry));
  }
}
