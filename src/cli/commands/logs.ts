import { quote } from "../../domain/values/shell-word.ts";
import { isTerminal } from "../../adapters/system/libc.ts";
import type { ReaderPlace } from "../../adapters/logs/readers.ts";
import { followLogs } from "../../app/logs/follow.ts";
import { logLine, logs, emptyNote, type LogsRequest } from "../../app/logs/logs.ts";
import { namesChosen, namesInProfiles } from "../../app/selection.ts";
import type { NewLogs } from "../../app/logs/since-last.ts";
import type { Project } from "../../domain/config/config.ts";
import { Failure, isFailure } from "../../domain/failure.ts";
import type { LogRow } from "../../domain/logs/context.ts";
import type { ByteLimits } from "../../domain/logs/byte-limits.ts";
import { localTime } from "../../domain/values/local-time.ts";
import { roundedSize } from "../../domain/values/units.ts";
import type { Invocation } from "../command.ts";
import { follow } from "../follow.ts";
import { printJson, printLines, viewOf } from "../output.ts";
import { askedProfiles } from "../profiles.ts";
import { findProjectOrRecord } from "../project-or-record.ts";
import { logRenderer, type LogStyle } from "../render/logs.ts";
import { depsOf, recordsOf, refuseOthersLogs } from "../wiring/logs.ts";
import { WorkLine } from "../work-line.ts";
import { printZone } from "../zone.ts";
import { type AnswerOutput, printRows, show } from "./logs-answer.ts";

/** The arguments of `logs`. */
interface LogsArguments {
  tasks: string[];
  /** As given. */
  profiles: readonly string[];
  follow: boolean;
  lines: number;
  grep: string | undefined;
  /** `grep` is a regular expression. */
  regexp: boolean;
  context: number;
  /** Epoch ms, as `until`. */
  since: number | undefined;
  until: number | undefined;
  sinceLast: boolean;
  /** The run, counted back from the newest one. */
  run: number | undefined;
  limits: ByteLimits;
  raw: boolean;
  /** The times as on a terminal. */
  local: boolean;
}

/** `taskmux logs`: prints a stream, so it doesn't use the common path of commands. */
export async function printLogs(
  { location, json }: Invocation,
  args: LogsArguments,
): Promise<number | Failure> {
  const project = await findProjectOrRecord(location);
  if (isFailure(project)) return project;
  const others = refuseOthersLogs(project);
  if (others) return others;
  const clash = clashOf(args) ?? expressionWithoutText(project, args);
  if (clash) return clash;
  const deps = depsOf(project, args.follow);
  const known = deps.sources().map(({ task }) => task);
  const names = namesMeant(project, args, known);
  if (isFailure(names)) return names;
  const request = requestOf(args, names);
  const style = styleOf(project, request, args);
  if (!json && !args.raw) printZone(Date.now());
  if (args.follow) {
    const render = logRenderer(style, Date.now());
    const show = json
      ? (rows: readonly LogRow[]) => rows.forEach((row) => printJson(logLine(row)))
      : (rows: readonly LogRow[]) => printRows(rows, render);
    return follow(show, (emit, signal) => followLogs(request, deps, emit, signal));
  }
  const output = { project, limits: args.limits, json, style };
  if (args.sinceLast) return showNew(request, output);
  const work = WorkLine.begin(json);
  const answer = logs(request, depsOf(project, false, work ? readingOn(work) : undefined));
  if (isFailure(answer)) return answer;
  const { ofRun } = answer;
  const shown = show(answer, { ...output, work }, ofRun ? { left_out: ofRun.leftOut } : {});
  if (ofRun) noteLeftOut(ofRun.leftOut, "", request.lines);
  const note = shown === 0 ? emptyNote(request, hasLaunched(project)) : null;
  if (note !== null) printLines(2, [note]);
  return 0;
}

/** The named tasks; without a name those of the profiles, or none for all. */
function namesMeant({ config }: Project, args: LogsArguments, known: readonly string[]) {
  if (args.tasks.length > 0) return namesChosen(args.tasks, known);
  const meant = namesInProfiles(config, askedProfiles(config, args.profiles));
  return isFailure(meant) ? meant : [...(meant ?? [])];
}

/** Counts the bytes that are read, and shows how many. */
function readingOn(work: WorkLine): (bytes: number) => void {
  let read = 0;
  return (bytes) => {
    read += bytes;
    work.tell(() => `searching the logs: ${roundedSize(read)} read`);
  };
}

const hasLaunched = (project: Project): ((task: string) => boolean) => {
  const state = recordsOf(project);
  return (task) => state.task(task).memory().launchedAt !== null;
};

/** -E makes -g a regular expression, as in grep; it takes no text of its own. */
function expressionWithoutText({ config }: Project, args: LogsArguments): Failure | null {
  if (!args.regexp || args.grep !== undefined) return null;
  const isTask = (name: string) => config.tasks.some((task) => task.name === name);
  const tasks = args.tasks.filter(isTask);
  const text = args.tasks.find((name) => !isTask(name));
  const line = ["taskmux logs", ...tasks, "-E -g", text === undefined ? "TEXT" : quote(text)];
  return new Failure(
    "E500",
    "logs -E needs -g TEXT, which it makes a regular expression",
    `Like: ${line.join(" ")}`,
  );
}

/** `--since-last`: the reader's progress is recorded only after everything was written. */
async function showNew(request: LogsRequest, output: AnswerOutput): Promise<number | Failure> {
  const { project, json } = output;
  const { LogReaders, readerOf } = await import("../../adapters/logs/readers.ts");
  const { logsSinceLast } = await import("../../app/logs/since-last.ts");
  const reader = readerOf(process.env, process.ppid);
  if ("pid" in reader && !isTerminal(1)) printLines(2, [REMEMBER]);
  const readers = new LogReaders(project.session);
  const onUnrecorded = ({ message }: Failure): void =>
    printLines(2, [`warning: Your next call will show the same lines again. ${message}`]);
  const showFrom = (before: ReaderPlace | null) => {
    const answer = logsSinceLast(request, depsOf(project, false), before);
    if (isFailure(answer)) return { result: answer };
    const { first, leftOut, deleted, rotatedAway, progress } = answer;
    const keys = { first, left_out: leftOut + deleted, rotated_away: rotatedAway };
    show(answer, output, keys);
    printLines(2, rotatedAway.map(rotatedNote));
    if (deleted > 0) printLines(2, [deletedNote(deleted)]);
    noteLeftOut(leftOut, "new ", request.lines);
    if (!json && isNothingNew(answer)) printLines(2, [nothingNewNote(before, request)]);
    return { result: 0, after: progress };
  };
  return readers.resume<number | Failure>(reader, showFrom, onUnrecorded);
}

const isNothingNew = ({ first, shown, leftOut, deleted }: NewLogs): boolean =>
  !first && shown + leftOut + deleted === 0;

/** With the time of the last call, which `--since` understands. */
function nothingNewNote(before: ReaderPlace | null, { grep }: LogsRequest): string {
  const since = before?.at ? localTime(Math.floor(before.at)) : "your last call";
  return `No new lines${grep === null ? "" : " that match"} since ${since}`;
}

/** An agent runs each command in another shell. */
const REMEMBER =
  "note: what was read is remembered for the calling process; for the next one, set TASKMUX_READER=NAME";

/** Reports lines beyond `-n`; `kind` is "new " or "". */
function noteLeftOut(count: number, kind: string, shown: number | null): void {
  if (count === 0) return;
  const what = `${count} ${kind}${count === 1 ? "line" : "lines"}`;
  printLines(2, [
    `warning: ${what} before these not shown; to show all: -n ${count + (shown ?? 0)}`,
  ]);
}

const rotatedNote = (task: string): string =>
  `warning: new lines of '${task}' may have been rotated away before they were read`;

const deletedNote = (count: number): string =>
  `warning: ${count} new ${count === 1 ? "line was" : "lines were"} deleted by logs-clean`;

/** Flags that can't be given together. */
function clashOf(args: LogsArguments): Failure | null {
  const { sinceLast, follow, since, until, run, limits } = args;
  if (args.local && args.raw) return clashWith("--local", { raw: true });
  if (sinceLast)
    return clashWith("--since-last", { follow: follow || undefined, since, until, run });
  const { total, line } = limits;
  const ofAnswer = { run, "max-bytes": total ?? undefined, "line-bytes": line ?? undefined };
  return follow ? clashWith("--follow", ofAnswer) : null;
}

function clashWith(flag: string, given: Record<string, unknown>): Failure | null {
  const other = Object.entries(given).find(([, value]) => value !== undefined)?.[0];
  if (other === undefined) return null;
  const hint = other === "follow" ? "logs -f shows each line as it comes" : undefined;
  return new Failure("E500", `${flag} can't be combined with --${other}`, hint);
}

const requestOf = (args: LogsArguments, tasks: string[]): LogsRequest => ({
  tasks,
  lines: args.lines,
  grep: args.grep ?? null,
  regex: args.regexp,
  context: args.context,
  since: args.since ?? null,
  until: args.until ?? null,
  run: args.run ?? null,
});

function styleOf(project: Project, request: LogsRequest, { raw, local }: LogsArguments): LogStyle {
  const tasks = project.config.tasks.map((task) => task.name);
  return {
    colour: viewOf(1).colour,
    raw,
    clock: !raw && (local || isTerminal(1)),
    tasks: request.tasks.length === 1 ? null : tasks,
  };
}
