import { deleteLog, logsIn } from "../adapters/log-clean.ts";
import { LogFile } from "../adapters/log-files.ts";
import { LogFollower } from "../adapters/log-follow.ts";
import { logDirectory, logPath } from "../adapters/paths.ts";
import { RunState } from "../adapters/run-state.ts";
import { type FollowDeps, followLogs } from "../app/follow-logs.ts";
import {
  logLine,
  logs,
  type LogsAnswer,
  type LogSource,
  logsOfOne,
  logsOfSeveral,
  type LogsRequest,
} from "../app/logs.ts";
import { logsClean } from "../app/logs-clean.ts";
import type { Project } from "../domain/config.ts";
import { Failure, isFailure } from "../domain/failure.ts";
import type { LogRow } from "../domain/log-context.ts";
import { findProject, type Place, viewOf } from "./action.ts";
import type { Input } from "./commands.ts";
import { follow, sleepUntilAborted, timeOf } from "./follow.ts";
import { printJson, printLines } from "./output.ts";
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
  const clash = clashOf(input);
  if (clash) return clash;
  const isRaw = input.flags["raw"] === true;
  const style = styleOf(project, request, isRaw);
  if (input.flags["follow"] === true) {
    const show = json
      ? (rows: readonly LogRow[]) => rows.forEach((row) => printJson(logLine(row)))
      : (rows: readonly LogRow[]) => printRows(rows, style);
    return follow(show, (emit, signal) => followLogs(request, depsOf(project, true), emit, signal));
  }
  const show = (answer: LogsAnswer, more: object = {}) => {
    printLines(
      2,
      answer.warnings.map((warning) => `warning: ${warning}`),
    );
    if (json) printJson({ ...jsonOf(project, answer, isRaw), ...more });
    else printRows(answer.rows, style);
  };
  if (input.flags["since-last"] === true) return showNew(project, request, show);
  const answer = logs(request, depsOf(project, false));
  if (isFailure(answer)) return answer;
  show(answer);
  return 0;
}

const jsonOf = ({ session }: Project, { single, rows }: LogsAnswer, isRaw: boolean) =>
  single === null ? logsOfSeveral(session, rows) : logsOfOne(single, rows, isRaw);

/** `--since-last`: the reader is further only once all has been written. */
async function showNew(
  project: Project,
  request: LogsRequest,
  show: (answer: LogsAnswer, more: object) => void,
): Promise<number | Failure> {
  const { LogReaders, readerOf } = await import("../adapters/log-readers.ts");
  const { logsSinceLast } = await import("../app/logs-since-last.ts");
  const reader = readerOf(process.env["TASKMUX_READER"], process.ppid);
  return new LogReaders(project.session).resume<number | Failure>(reader, (before) => {
    const answer = logsSinceLast(request, depsOf(project, false), before);
    if (isFailure(answer)) return { result: answer };
    const { first, leftOut: left_out, progress } = answer;
    show(answer, { first, left_out });
    if (left_out > 0) printLines(2, [leftOutNote(left_out, request.lines)]);
    return { result: 0, after: progress };
  });
}

const leftOutNote = (count: number, shown: number | null): string =>
  `warning: ${count} new ${count === 1 ? "line" : "lines"} before these left out; all of them: -n ${count + (shown ?? 0)}`;

/** What is new is not told by a time too, and a stream has no last call. */
function clashOf({ flags }: Input): Failure | null {
  if (flags["since-last"] !== true) return null;
  const other = ["follow", "since", "until"].find((name) => flags[name] !== undefined);
  if (other === undefined) return null;
  const hint = other === "follow" ? "logs -f shows each line as it comes" : undefined;
  return new Failure("E500", `--since-last can't stand beside --${other}`, hint);
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

/** What reads a project's logs; following, those too of tasks that the config gains later. */
export function depsOf(project: Project, isFollowing: boolean): FollowDeps {
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
