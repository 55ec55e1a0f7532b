import type { ReaderProgress } from "../adapters/log-readers.ts";
import { type Failure, isFailure } from "../domain/failure.ts";
import { take } from "../domain/log-merge.ts";
import type { LogPattern } from "../domain/log-pattern.ts";
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

/** What `logs --since-last` answers. */
export interface NewLogs extends LogsAnswer {
  /** The reader has asked for none of these logs before: the rows are the newest there are. */
  first: boolean;
  /** New lines (with `grep`: matches) that are older than the rows. */
  leftOut: number;
  /** How far the reader is, once the rows are shown. */
  progress: ReaderProgress;
}

/** The lines that a reader hasn't been shown yet; of a log that it asks for the first time, the newest. */
export function logsSinceLast(
  request: LogsRequest,
  deps: LogsDeps,
  before: ReaderProgress | null,
): NewLogs | Failure {
  const sources = sourcesOf(request, deps);
  if (isFailure(sources)) return sources;
  const pattern = patternOf(request);
  if (isFailure(pattern)) return pattern;
  const ranges = sources.map(({ task, path }): LogRange => {
    const file = deps.openLog({ task, path });
    const known = before?.[task];
    return { file, from: known ? file.unreadFrom(known) : 0, to: file.size };
  });
  const rows = [...selectRows(ranges, request, pattern)];
  const isKnown = ({ file }: LogRange) => before?.[file.task] !== undefined;
  const leftOut = countLeftOut(ranges, ranges.filter(isKnown), request.lines, pattern);
  const progress = Object.fromEntries(ranges.map(({ file }) => [file.task, file.progress()]));
  return {
    single: request.tasks.length === 1 ? request.tasks[0]! : null,
    rows: closing(rows, ranges),
    warnings: writerWarnings(sources, deps),
    first: !ranges.some(isKnown),
    leftOut,
    progress,
  };
}

/** How many of the lines that are new to the reader are not among the newest `most`. */
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
