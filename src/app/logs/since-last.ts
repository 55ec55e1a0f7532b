import type { ReaderPlace, ReaderProgress } from "../../adapters/logs/readers.ts";
import { type Failure, isFailure } from "../../domain/failure.ts";
import { take } from "../../domain/logs/merge.ts";
import type { LogPattern } from "../../domain/logs/pattern.ts";
import {
  closing,
  type LogRange,
  type LogsAnswer,
  type LogsDeps,
  type LogsRequest,
  patternOf,
  selectRows,
  sourcesOf,
  stream,
  writerWarnings,
} from "./logs.ts";

/** The answer of `logs --since-last`. */
export interface NewLogs extends LogsAnswer {
  /** The reader's first request for these logs: the rows are the newest lines. */
  first: boolean;
  /** Number of new lines (with `grep`: matches) older than the rows. */
  leftOut: number;
  /** Number of new lines that `logs-clean` deleted. */
  deleted: number;
  /** Number of rows. */
  shown: number;
  /** Tasks whose new lines may have been rotated away in part. */
  rotatedAway: string[];
  /** The reader's progress after the rows were shown. */
  progress: ReaderProgress;
}

/** The lines that a reader hasn't seen yet; of a log that it requests for the first time, the newest. */
export function logsSinceLast(
  request: LogsRequest,
  deps: LogsDeps,
  before: ReaderPlace | null,
): NewLogs | Failure {
  const sources = sourcesOf(request, deps);
  if (isFailure(sources)) return sources;
  const pattern = patternOf(request);
  if (isFailure(pattern)) return pattern;
  const ranges = sources.map(({ task, path }): LogRange => {
    const file = deps.openLog({ task, path });
    const known = before?.progress[task];
    return { file, from: known ? file.unreadFrom(known) : 0, to: file.size };
  });
  const rows = [...selectRows(ranges, request, pattern)];
  const isKnown = ({ file }: LogRange) => before?.progress[file.task] !== undefined;
  const hasLost = ({ file }: LogRange) =>
    before?.deleted[file.task] === undefined && file.hasLost(before?.progress[file.task] ?? {});
  const leftOut = countLeftOut(ranges, ranges.filter(isKnown), request.lines, pattern);
  const progress = Object.fromEntries(ranges.map(({ file }) => [file.task, file.progress()]));
  return {
    single: request.tasks.length === 1 ? request.tasks[0]! : null,
    rows: closing(rows, ranges),
    warnings: writerWarnings(sources, deps),
    first: !ranges.some(isKnown),
    leftOut,
    shown: rows.length,
    deleted: sources.reduce((sum, { task }) => sum + (before?.deleted[task] ?? 0), 0),
    rotatedAway: ranges.filter(hasLost).map(({ file }) => file.task),
    progress,
  };
}

/** How many of the new lines are not among the newest `most`. */
function countLeftOut(
  all: readonly LogRange[],
  known: readonly LogRange[],
  most: number | null,
  pattern: LogPattern | null,
): number {
  const tasks = new Set(known.map(({ file }) => file.task));
  let count = 0;
  for (const _ of stream(known, "oldest first", pattern)) count++;
  for (const { task } of take(stream(all, "newest first", pattern), most)) {
    if (tasks.has(task)) count--;
  }
  return count;
}
