import { deleteLog, logsIn } from "../adapters/log-clean.ts";
import { LogFile } from "../adapters/log-files.ts";
import { hasReader } from "../adapters/libc.ts";
import { LogFollower } from "../adapters/log-follow.ts";
import { logDirectory, logPath } from "../adapters/paths.ts";
import { RunState } from "../adapters/run-state.ts";
import { type FollowDeps, followLogs } from "../app/follow-logs.ts";
import {
  logLine,
  logs,
  type LogSource,
  logsOfOne,
  logsOfSeveral,
  type LogsRequest,
} from "../app/logs.ts";
import { logsClean } from "../app/logs-clean.ts";
import type { Project } from "../domain/config.ts";
import { Failure, isFailure } from "../domain/failure.ts";
import type { LogRow } from "../domain/log-context.ts";
import { parseTime } from "../domain/time.ts";
import { findProject, INTERRUPTED, type Place, viewOf } from "./action.ts";
import type { Input } from "./commands.ts";
import { printJson, printLines, ReaderGone } from "./output.ts";
import { type LogStyle, renderLogs } from "./render-logs.ts";

const DEFAULT_LINES = 100;

/** `taskmux logs`: prints a stream, so it stands beside the commands that print one result. */
export async function printLogs(
  place: Place,
  input: Input,
  json: boolean,
): Promise<number | Failure> {
  const project = await findProject(place);
  if (isFailure(project)) return project;
  const request = requestOf(input, Date.now());
  if (isFailure(request)) return request;
  const isRaw = input.flags["raw"] === true;
  if (input.flags["follow"] === true) return follow(project, request, isRaw, json);
  const answer = logs(request, depsOf(project, false));
  if (isFailure(answer)) return answer;
  printLines(
    2,
    answer.warnings.map((warning) => `warning: ${warning}`),
  );
  if (json) {
    const { single, rows } = answer;
    printJson(
      single === null ? logsOfSeveral(project.session, rows) : logsOfOne(single, rows, isRaw),
    );
  } else printRows(answer.rows, styleOf(project, request, isRaw));
  return 0;
}

async function follow(project: Project, request: LogsRequest, isRaw: boolean, json: boolean) {
  const style = styleOf(project, request, isRaw);
  const ending = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => ending.abort());
  const emit = (rows: readonly LogRow[]): boolean => {
    try {
      if (json) for (const row of rows) printJson(logLine(row));
      else printRows(rows, style);
      return hasReader(1);
    } catch (error) {
      if (error instanceof ReaderGone) return false;
      throw error;
    }
  };
  const failure = await followLogs(request, depsOf(project, true), emit, ending.signal);
  return failure ?? (ending.signal.aborted ? INTERRUPTED : 0);
}

function requestOf({ names, flags }: Input, now: number): LogsRequest | Failure {
  const since = timeOf("--since", flags["since"], now);
  if (isFailure(since)) return since;
  const until = timeOf("--until", flags["until"], now);
  if (isFailure(until)) return until;
  return {
    tasks: names,
    lines: (flags["lines"] as number | undefined) ?? DEFAULT_LINES,
    grep: (flags["grep"] as string | undefined) ?? null,
    regex: flags["regexp"] === true,
    context: (flags["context"] as number | undefined) ?? 0,
    since,
    until,
  };
}

function timeOf(flag: string, text: unknown, now: number): number | null | Failure {
  if (typeof text !== "string") return null;
  const wanted = "a duration such as 5m, or a time such as 2024-01-01T14:00";
  return parseTime(text, now) ?? new Failure("E500", `${flag} takes ${wanted}, not '${text}'`);
}

function depsOf(project: Project, isFollowing: boolean): FollowDeps {
  const state = new RunState(project.session);
  const known = sourcesOf(project);
  const names = new Set(known.map(({ task }) => task));
  // Tasks that the config gains later show by their logs.
  const others = () => logsIn(logDirectory(project.session)).filter(({ task }) => !names.has(task));
  return {
    sources: () => (isFollowing ? [...known, ...others()] : known),
    openLog: ({ task, path }) => new LogFile(task, path),
    writerError: (task) => state.writerError(task),
    follow: ({ task, path }, newest) => new LogFollower(task, path, newest),
    now: Date.now,
    sleep: sleepUntilAborted,
  };
}

const sourcesOf = (project: Project): LogSource[] =>
  project.config.tasks.map((task) => ({ task: task.name, path: logPath(project.session, task) }));

async function sleepUntilAborted(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const wake = () => resolve();
  signal.addEventListener("abort", wake, { once: true });
  await promise;
  clearTimeout(timer);
  signal.removeEventListener("abort", wake);
}

function styleOf(project: Project, request: LogsRequest, raw: boolean): LogStyle {
  const tasks = project.config.tasks.map((task) => task.name);
  return { colour: viewOf(1).colour, raw, tasks: request.tasks.length === 1 ? null : tasks };
}

/** So many lines are written at once. */
const BATCH = 1000;

function printRows(rows: Iterable<LogRow>, style: LogStyle): void {
  let lines: string[] = [];
  for (const line of renderLogs(rows, style)) {
    if (lines.push(line) < BATCH) continue;
    printLines(1, lines);
    lines = [];
  }
  printLines(1, lines);
}

/** `taskmux logs-clean`. */
export async function cleanLogs(place: Place, { names }: Input, json: boolean) {
  const project = await findProject(place);
  if (isFailure(project)) return project;
  const { session } = project;
  const result = logsClean(names[0] ?? null, {
    session,
    sources: () => sourcesOf(project),
    sessionLogs: () => logsIn(logDirectory(session)),
    deleteLog,
  });
  if (isFailure(result)) return result;
  if (json) printJson(result);
  else printLines(1, result.deleted.length > 0 ? result.deleted : ["no logs"]);
  return 0;
}
