import type { LogFile } from "../adapters/log-files.ts";
import {
  ContextFilter,
  type ContextWindow,
  joinWindows,
  type LogRow,
} from "../domain/log-context.ts";
import { isoOfStamp, stampOf, withoutColour } from "../domain/log-line.ts";
import { type LogEntry, type LogOrder, mergeLogs, take } from "../domain/log-merge.ts";
import { type LogPattern, logPattern } from "../domain/log-pattern.ts";
import { Failure, isFailure } from "../domain/failure.ts";
import type { LogLine, LogsOfOne, LogsOfSeveral } from "../domain/results-logs.ts";
import { didYouMean } from "../domain/suggest.ts";

/** Where a task's log is; absolute. */
export interface LogSource {
  task: string;
  path: string;
}

/** What `logs` is asked for. Times are epoch ms, both inclusive. */
export interface LogsRequest {
  /** Names; empty for all tasks. */
  tasks: readonly string[];
  /** Lines of the stream (with `grep`: matches) to show, the newest; null: all. */
  lines: number | null;
  grep: string | null;
  /** `grep` is a regular expression. */
  regex: boolean;
  /** Lines of the stream to show on either side of a match. */
  context: number;
  since: number | null;
  until: number | null;
}

/** What `logs` touches. */
export interface LogsDeps {
  /** All tasks of the project, in the config's order. */
  sources(): readonly LogSource[];
  openLog(source: LogSource): LogFile;
  /** Why a task's log can't be written, as a sentence, or null. */
  writerError(task: string): string | null;
}

/** What `logs` answers. `rows` may be read once; they hold colours unless `grep` was asked for. */
export interface LogsAnswer {
  /** One task was asked for by its name. */
  single: string | null;
  rows: Iterable<LogRow>;
  warnings: string[];
}

/** One log with the offsets that the times asked for leave of it. */
export interface LogRange {
  file: LogFile;
  from: number;
  to: number;
}

/** The newest lines of one, several or all tasks as one stream in time order. */
export function logs(request: LogsRequest, deps: LogsDeps): LogsAnswer | Failure {
  const sources = sourcesOf(request, deps);
  if (isFailure(sources)) return sources;
  const pattern = patternOf(request);
  if (isFailure(pattern)) return pattern;
  const ranges = sources.map((source) => rangeOf(deps.openLog(source), request));
  return {
    single: request.tasks.length === 1 ? request.tasks[0]! : null,
    rows: rowsOf(ranges, request, pattern),
    warnings: writerWarnings(sources, deps),
  };
}

/** The `--json` form of `logs T`. */
export function logsOfOne(
  task: string,
  rows: Iterable<LogRow>,
  isRaw: boolean,
  shown: (text: string) => string = withoutColour,
): LogsOfOne {
  const lineOf = ({ stamp, text }: LogRow): string =>
    isRaw ? shown(text) : `${stamp} ${shown(text)}`;
  return { task, lines: Array.from(rows, lineOf) };
}

/** The `--json` form of `logs` of several tasks. */
export function logsOfSeveral(session: string, rows: Iterable<LogRow>): LogsOfSeveral {
  return { session, lines: Array.from(rows, logLine) };
}

/** A line as JSON shows it. */
export function logLine({ task, stamp, text }: LogRow): LogLine {
  return { task, ts: isoOfStamp(stamp), text: withoutColour(text) };
}

/** The logs asked for, in the config's order; a name that isn't there is E200. */
export function sourcesOf(request: LogsRequest, deps: LogsDeps): readonly LogSource[] | Failure {
  const all = deps.sources();
  const names = all.map(({ task }) => task);
  const unknown = request.tasks.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    return new Failure(
      "E200",
      `Task '${unknown}' not found in config`,
      didYouMean(unknown, names) ?? undefined,
    );
  }
  return request.tasks.length === 0 ? all : all.filter(({ task }) => request.tasks.includes(task));
}

/** What is looked for, or null; an expression that isn't one is E500. */
export function patternOf(request: LogsRequest): LogPattern | null | Failure {
  if (request.grep === null) return null;
  const pattern = logPattern(request.grep, request.regex);
  if (!("error" in pattern)) return pattern;
  return new Failure("E500", `'${request.grep}' is not a regular expression: ${pattern.error}`);
}

/** The part of a log that lies between the times asked for. */
export function rangeOf(file: LogFile, request: Pick<LogsRequest, "since" | "until">): LogRange {
  const from = request.since === null ? 0 : file.find(stampOf(request.since), false);
  const to = request.until === null ? file.size : file.find(stampOf(request.until), true);
  return { file, from, to: Math.max(from, to) };
}

/** Closes the files at the end. A bounded answer is read at once and from the end; all lines are read as they are taken. */
function rowsOf(
  ranges: LogRange[],
  request: LogsRequest,
  pattern: LogPattern | null,
): Iterable<LogRow> {
  const rows = selectRows(ranges, request, pattern);
  if (request.lines === null) return closing(rows, ranges);
  return [...closing(rows, ranges)];
}

/** Closes the files once the rows are taken. */
export function* closing(
  rows: Iterable<LogRow>,
  ranges: readonly LogRange[],
): Generator<LogRow, void> {
  try {
    yield* rows;
  } finally {
    for (const { file } of ranges) file.close();
  }
}

/** The rows that answer a request, files left open. */
export function selectRows(
  ranges: readonly LogRange[],
  request: LogsRequest,
  pattern: LogPattern | null,
): Iterable<LogRow> {
  if (pattern !== null && request.context > 0) return contextRows(ranges, request, pattern);
  const clean = pattern === null ? (entry: LogEntry): LogEntry => entry : plain;
  if (request.lines === null) return asRows(stream(ranges, "oldest first", pattern), clean);
  return asRows(
    [...take(stream(ranges, "newest first", pattern), request.lines)].toReversed(),
    clean,
  );
}

/** The lines of several logs as one stream. */
export function stream(
  ranges: readonly LogRange[],
  order: LogOrder,
  pattern: LogPattern | null,
): Generator<LogEntry, void> {
  return mergeLogs(
    ranges.map(({ file, from, to }) => file.lines(order, from, to, pattern)),
    order,
  );
}

function* asRows(
  entries: Iterable<LogEntry>,
  clean: (entry: LogEntry) => LogEntry,
): Generator<LogRow, void> {
  for (const entry of entries) yield { ...clean(entry), gap: false };
}

function contextRows(
  ranges: readonly LogRange[],
  request: LogsRequest,
  pattern: LogPattern,
): Iterable<LogRow> {
  if (request.lines === null) return filteredRows(ranges, request.context, pattern);
  const found = [...take(stream(ranges, "newest first", pattern), request.lines)].toReversed();
  return joinWindows(found.map((match) => windowOf(ranges, match, request.context)));
}

function* filteredRows(
  ranges: readonly LogRange[],
  context: number,
  pattern: LogPattern,
): Generator<LogRow, void> {
  const filter = new ContextFilter(pattern.matches, context);
  for (const entry of stream(ranges, "oldest first", null)) yield* filter.push(plain(entry));
}

/** A match's neighbours in the stream: each log is entered at the match's time, so rare matches cost no reading of the rest. */
function windowOf(ranges: readonly LogRange[], match: LogEntry, context: number): ContextWindow {
  const own = ranges.findIndex(({ file }) => file.task === match.task);
  const places = ranges.map(({ file, from, to }, index) => {
    const place = index === own ? match.offset : file.find(match.stamp, index < own);
    return { file, from, to, place: Math.min(Math.max(place, from), to) };
  });
  const older = places.map(({ file, from, place }) => ({ file, from, to: place }));
  const newer = places.map(({ file, to, place }) => ({ file, from: place, to }));
  const before = [...take(stream(older, "newest first", null), context)].toReversed();
  const after = [...take(stream(newer, "oldest first", null), context + 2)];
  const next = after[context + 1] ?? null;
  return { lines: [...before, ...after.slice(0, context + 1)].map(plain), next };
}

/** Colours go wherever text is looked for. */
export const plain = (entry: LogEntry): LogEntry => ({ ...entry, text: withoutColour(entry.text) });

/** Why logs can't be written, where they can't. */
export function writerWarnings(sources: readonly LogSource[], deps: LogsDeps): string[] {
  const errors = sources.map(({ task }) => deps.writerError(task));
  return errors.filter((error) => error !== null);
}
