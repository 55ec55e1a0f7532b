import type { LogFile } from "../../adapters/logs/file.ts";
import {
  ContextFilter,
  type ContextWindow,
  joinWindows,
  type LogRow,
} from "../../domain/logs/context.ts";
import { isoOfStamp, stampOf, withoutColour } from "../../domain/logs/line.ts";
import { type LogEntry, type LogOrder, mergeLogs, take } from "../../domain/logs/merge.ts";
import { type LogPattern, logPattern } from "../../domain/logs/pattern.ts";
import { Failure, isFailure } from "../../domain/failure.ts";
import type { LogLine, LogsOfOne, LogsOfSeveral } from "../../domain/results/logs.ts";
import { unknownTask } from "../selection.ts";
import { countRuns, type LogRun, runBack } from "./runs.ts";

/** A task and the absolute path of its log. */
export interface LogSource {
  task: string;
  path: string;
}

/** The options of `logs`. Times are epoch ms, both inclusive. */
export interface LogsRequest {
  /** Names; empty for all tasks. */
  tasks: readonly string[];
  /** Maximum number of lines (with `grep`: matches), the newest; null: all. */
  lines: number | null;
  grep: string | null;
  /** `grep` is a regular expression. */
  regex: boolean;
  /** Number of lines to show on either side of a match. */
  context: number;
  since: number | null;
  until: number | null;
  /** Only this run of each task, counted back from the newest (0); null: all runs. */
  run: number | null;
}

/** The dependencies of `logs`. */
export interface LogsDeps {
  /** All tasks of the project, in the config's order. */
  sources(): readonly LogSource[];
  openLog(source: LogSource): LogFile;
  /** Why a task's log can't be written, as a sentence, or null. */
  logError(task: string): string | null;
}

/** The answer of `logs`. `rows` may be iterated once; they contain colours, except with `grep`. */
export interface LogsAnswer {
  /** The task, if one was named. */
  single: string | null;
  rows: Iterable<LogRow>;
  warnings: string[];
  /** With `run`: the run of each task, and how many of its lines (with `grep`: matches) are older than the rows. */
  ofRun?: { runs: TaskRun[]; leftOut: number };
}

/** The run of a task whose lines are shown; null if its log has none. */
export interface TaskRun {
  task: string;
  run: LogRun | null;
}

/** A log with the range of offsets between the requested times. */
export interface LogRange {
  file: LogFile;
  from: number;
  to: number;
  /** The run to which it is limited, if it is. */
  run?: LogRun | null;
}

/** The newest lines of one, several or all tasks, as one stream in time order. */
export function logs(request: LogsRequest, deps: LogsDeps): LogsAnswer | Failure {
  const sources = sourcesOf(request, deps);
  if (isFailure(sources)) return sources;
  const pattern = patternOf(request);
  if (isFailure(pattern)) return pattern;
  const ranges = sources.map((source) => rangeOf(deps.openLog(source), request));
  const ofRun = request.run === null ? undefined : runFacts(ranges, request, request.run, pattern);
  if (isFailure(ofRun)) {
    for (const { file } of ranges) file.close();
    return ofRun;
  }
  return {
    single: request.tasks.length === 1 ? request.tasks[0]! : null,
    rows: rowsOf(ranges, request, pattern),
    warnings: writerWarnings(sources, deps),
    ...(ofRun && { ofRun }),
  };
}

/** The runs that are shown; E500 if no log has that many. */
function runFacts(
  ranges: readonly LogRange[],
  { lines }: LogsRequest,
  back: number,
  pattern: LogPattern | null,
): NonNullable<LogsAnswer["ofRun"]> | Failure {
  const runs = ranges.map(({ file, run }) => ({ task: file.task, run: run ?? null }));
  if (back > 0 && runs.every(({ run }) => run === null)) return noSuchRun(ranges, back);
  let total = 0;
  for (const _ of stream(ranges, "oldest first", pattern)) total++;
  return { runs, leftOut: lines === null ? 0 : Math.max(0, total - lines) };
}

function noSuchRun(ranges: readonly LogRange[], back: number): Failure {
  const most = Math.max(0, ...ranges.map(({ file }) => countRuns(file)));
  const has = most === 0 ? "no run" : most === 1 ? "only one run" : `only ${most} runs`;
  const whose = ranges.length === 1 ? `the log of '${ranges[0]!.file.task}' has` : "the logs have";
  return new Failure("E500", `There is no run -${back}: ${whose} ${has}`);
}

/** The note for an answer without lines; null if it was a search without matches. */
export function emptyNote(
  { tasks, lines, grep, since, until }: LogsRequest,
  hasLaunched: (task: string) => boolean,
): string | null {
  const [task] = tasks;
  if (task !== undefined && tasks.length === 1 && !hasLaunched(task))
    return `Task '${task}' has not been launched: taskmux start ${task}`;
  if (lines === 0 || grep !== null || since !== null || until !== null) return null;
  return task !== undefined && tasks.length === 1
    ? `The log of task '${task}' is empty`
    : "The logs are empty";
}

/** The `--json` form of `logs T`. */
export function logsOfOne(
  task: string,
  rows: Iterable<LogRow>,
  isRaw: boolean,
  shown: (text: string) => string = withoutColour,
): LogsOfOne {
  const all = [...rows];
  const lineOf = ({ stamp, text }: LogRow): string =>
    isRaw ? shown(text) : `${stamp} ${shown(text)}`;
  return { task, lines: all.map(lineOf), times: all.map(({ stamp }) => isoOfStamp(stamp)) };
}

/** The `--json` form of `logs` of several tasks. */
export function logsOfSeveral(session: string, rows: Iterable<LogRow>): LogsOfSeveral {
  return { session, lines: Array.from(rows, logLine) };
}

/** A line in JSON. */
export function logLine({ task, stamp, text }: LogRow): LogLine {
  return { task, ts: isoOfStamp(stamp), text: withoutColour(text) };
}

/** A line in the API, where who shows colours gets them. */
export function styledLine(row: LogRow): LogLine & { styled?: string } {
  const line = logLine(row);
  return line.text === row.text ? line : { ...line, styled: row.text };
}

/** A `log_file` that tasks share is read once, as the first one's. */
export const distinct = (sources: readonly LogSource[]): readonly LogSource[] =>
  sources.filter(({ path }, index) => sources.findIndex((one) => one.path === path) === index);

/** The requested logs, in the config's order; E200 for an unknown name. */
export function sourcesOf(request: LogsRequest, deps: LogsDeps): readonly LogSource[] | Failure {
  const all = deps.sources();
  const names = all.map(({ task }) => task);
  const unknown = request.tasks.find((name) => !names.includes(name));
  if (unknown !== undefined) return unknownTask(unknown, names);
  const { tasks } = request;
  return distinct(tasks.length === 0 ? all : all.filter(({ task }) => tasks.includes(task)));
}

/** The search pattern, or null; E500 for an invalid expression. */
export function patternOf(request: LogsRequest): LogPattern | null | Failure {
  if (request.grep === null) return null;
  const pattern = logPattern(request.grep, request.regex);
  if (!("error" in pattern)) return pattern;
  return new Failure("E500", `'${request.grep}' is not a regular expression: ${pattern.error}`);
}

/** The range of a log between the requested times, and of the requested run. */
export function rangeOf(
  file: LogFile,
  request: Pick<LogsRequest, "since" | "until" | "run">,
): LogRange {
  const since = request.since === null ? 0 : file.find(stampOf(request.since), false);
  const until = request.until === null ? file.size : file.find(stampOf(request.until), true);
  if (request.run === null) return { file, from: since, to: Math.max(since, until) };
  const run = runBack(file, request.run);
  const from = Math.max(since, run?.from ?? 0);
  return { file, run, from, to: Math.max(from, Math.min(until, run?.to ?? 0)) };
}

/** Closes the files at the end. With a limit, the rows are read at once from the end; without one, as they are consumed. */
function rowsOf(
  ranges: LogRange[],
  request: LogsRequest,
  pattern: LogPattern | null,
): Iterable<LogRow> {
  const rows = selectRows(ranges, request, pattern);
  if (request.lines === null) return closing(rows, ranges);
  return [...closing(rows, ranges)];
}

/** Closes the files when the rows have been consumed. */
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

/** The rows for a request; leaves the files open. */
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

/** Merges the lines of several logs. */
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

/**
 * The neighbours of a match. Each log is read from the match's time on, so that rare matches don't cost reading everything.
 */
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

/** Removes colours; for searches. */
export const plain = (entry: LogEntry): LogEntry => ({ ...entry, text: withoutColour(entry.text) });

/** The reasons why logs can't be written. */
export function writerWarnings(sources: readonly LogSource[], deps: LogsDeps): string[] {
  const errors = sources.map(({ task }) => deps.logError(task));
  return errors.filter((error) => error !== null);
}
