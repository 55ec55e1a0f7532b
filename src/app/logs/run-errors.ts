import type { LogFile } from "../../adapters/logs/file.ts";
import type { Task } from "../../domain/config/config.ts";
import { ErrorDigest } from "../../domain/diagnosis/digest/digest.ts";
import type { ErrorGroup } from "../../domain/diagnosis/digest/groups.ts";
import type { ProjectPlaces } from "../../domain/diagnosis/digest/own-file.ts";
import type { LogEntry } from "../../domain/logs/merge.ts";
import type { Context } from "../context.ts";
import { outputLogged } from "../tasks/on-record.ts";
import { type LogRun, runOfLaunch } from "./runs.ts";

/** Bytes from the end of a run that are read: what it printed before says little about its state. */
const MOST_READ = 4 << 20;

/** The errors in a run's output. */
export const errorsIn = (file: LogFile, run: LogRun, places: ProjectPlaces): ErrorGroup[] =>
  digestOf(file, run, places).groups();

/** The digest of a run's output. */
export function digestOf(file: LogFile, { from, to }: LogRun, places: ProjectPlaces): ErrorDigest {
  const digest = new ErrorDigest(places);
  for (const line of newestLines(file, from, to)) digest.add(line);
  return digest;
}

/** The lines between two offsets, of much output the newest. */
export function* newestLines(file: LogFile, from: number, to: number): Generator<LogEntry, void> {
  const start = Math.max(from, to - MOST_READ);
  const lines = file.lines("oldest first", start, to, null);
  // The middle of a line.
  if (start > from) lines.next();
  yield* lines;
}

/** Where the programs of a task's last launch ran: in its directory, or where its command went first. */
export function placesOf(ctx: Context, task: Task): ProjectPlaces {
  const { directory: root } = ctx.project;
  const launch = ctx.state.task(task.name).launchRecord();
  const cwd = launch?.cwd ?? task.cwd ?? root;
  const next = firstDirectory(launch?.command ?? task.command);
  const known = new Map<string, boolean>();
  const isThere = (path: string): boolean => {
    const found = known.get(path) ?? ctx.isThere(path);
    if (known.size < MOST_PATHS) known.set(path, found);
    return found;
  };
  return { root, directories: next === null ? [cwd] : [`${cwd}/${next}`, cwd], isThere };
}

/** Paths that are looked up once. */
const MOST_PATHS = 1000;

/** The directory of a command that begins with `cd DIRECTORY &&`. */
const firstDirectory = (command: string): string | null =>
  /^\s*cd\s+["']?([^\s"';&|$]+)["']?\s*(?:&&|;)/.exec(command)?.[1] ?? null;

/** The process and the time of a task's last launch. */
export function lastLaunch(ctx: Context, task: Task) {
  const files = ctx.state.task(task.name);
  const { run, launchedAt } = files.memory();
  return { pid: run === null ? null : files.runs.pidOf(run), at: launchedAt };
}

/** The errors that a task's last launch printed. If it has ended, waits for its last lines. */
export async function errorsOfLaunch(ctx: Context, task: Task): Promise<ErrorGroup[]> {
  await outputLogged(ctx, task.name);
  const file = await ctx.openLog(task);
  const run = runOfLaunch(file, lastLaunch(ctx, task));
  const errors = run === null ? [] : errorsIn(file, run, placesOf(ctx, task));
  file.close();
  return errors;
}
