import { closeSync, readFileSync, readlinkSync } from "node:fs";
import { constants } from "node:os";
import type { SignalName } from "../domain/results.ts";
import { openProcess, signalProcess } from "./libc.ts";
import { lineage, type ProcessEntry, type ProcessTable, readProcess } from "./process-table.ts";

/** A process that can't be taken for a later one with its pid. */
export interface ProcessIdentity {
  pid: number;
  startTime: string;
}

/** How to tell a task's processes: the launcher it lives under, and the marks of its launches in their environment. */
export interface TaskMarks {
  /** pid of the task's launcher, known to be alive; null if there is none. */
  launcher: number | null;
  /** What the run ids of this session's launches begin with. */
  scope: string;
  task: string;
}

/** Whether exactly this process lives. Where a shell can't tell start times (no /proc), its pid must do. */
export function isAlive({ pid, startTime }: ProcessIdentity): boolean {
  const found = readProcess(pid);
  return found !== null && (startTime === "" || found.startTime === startTime);
}

/**
 * Every process of a task: in its launcher's terminal session, descended from the launcher, or bearing the mark of
 * one of its launches, whatever process group or session it moved to. Neither the launcher nor this process is one.
 */
export function membersOf(table: ProcessTable, tasks: TaskMarks[]): Map<string, ProcessEntry[]> {
  const members = new Map<string, ProcessEntry[]>(tasks.map(({ task }) => [task, []]));
  const byLauncher = new Map(
    tasks.flatMap(({ launcher, task }) => (launcher ? [[launcher, task]] : [])),
  );
  const marked = new Set(tasks.map(({ scope, task }) => `${scope}/${task}`));
  for (const entry of table.values()) {
    if (entry.pid === process.pid || byLauncher.has(entry.pid)) continue;
    const task = ownerByKinship(table, entry, byLauncher) ?? ownerByMark(entry, marked);
    if (task !== undefined) members.get(task)?.push(entry);
  }
  return members;
}

function ownerByKinship(
  table: ProcessTable,
  entry: ProcessEntry,
  byLauncher: Map<number, string>,
): string | undefined {
  const bySession = byLauncher.get(entry.session);
  if (bySession !== undefined) return bySession;
  for (const { parent } of lineage(table, entry)) {
    const owner = byLauncher.get(parent);
    if (owner !== undefined) return owner;
  }
  return undefined;
}

function ownerByMark(entry: ProcessEntry, marked: Set<string>): string | undefined {
  const mark = readMark(entry);
  return mark && marked.has(`${mark.scope}/${mark.task}`) ? mark.task : undefined;
}

/** What a process's environment says of the launch it comes from. */
export interface LaunchMark {
  /** What its run id begins with, up to the first dot. */
  scope: string;
  task: string;
}

/** An environment is fixed at exec, so one look for each process is enough; a task's own children are told by kinship. */
const seenMarks = new Map<string, LaunchMark | null>();

/** A monitor lives for weeks: what it has seen is forgotten before it weighs. */
const MOST_SEEN = 10_000;

function readMark(entry: ProcessEntry): LaunchMark | null {
  const key = `${entry.pid} ${entry.startTime}`;
  const seen = seenMarks.get(key);
  if (seen !== undefined) return seen;
  if (seenMarks.size >= MOST_SEEN) seenMarks.clear();
  const mark = parseMark(readEnvironment(entry.pid));
  seenMarks.set(key, mark);
  return mark;
}

/** `environment` is NUL-separated (Linux) or space-separated (macOS's `ps -E`); marks hold neither. */
export function parseMark(environment: string): LaunchMark | null {
  const run = /(?:^|[\0 ])TASKMUX_RUN=([a-z0-9]+)\./.exec(environment)?.[1];
  const task = /(?:^|[\0 ])TASKMUX_TASK=([A-Za-z0-9_.-]+)/.exec(environment)?.[1];
  return run && task ? { scope: run, task } : null;
}

/** A process's arguments, NUL-separated (Linux) or space-separated; empty if it is gone. */
export function commandLine(pid: number): string {
  if (process.platform !== "linux") {
    return Bun.spawnSync(["ps", "-ww", "-o", "args=", "-p", String(pid)]).stdout.toString();
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

/** What a process calls itself and its directory; null where there is no /proc to tell. */
export function describeProcess(pid: number): { command: string; path: string } | null {
  try {
    const command = readFileSync(`/proc/${pid}/comm`, "utf8").trimEnd();
    return { command, path: readlinkSync(`/proc/${pid}/cwd`) };
  } catch {
    return null;
  }
}

/** Whether a process's environment has this variable with this value. */
export const hasVariable = (pid: number, name: string, value: string): boolean =>
  readEnvironment(pid).split(/[\0 ]/).includes(`${name}=${value}`);

function readEnvironment(pid: number): string {
  if (process.platform !== "linux") return (psEnvironments ??= readPsEnvironments()).get(pid) ?? "";
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1");
  } catch {
    return "";
  }
}

/** One `ps` for all processes; void after a moment, since new processes come. */
let psEnvironments: Map<number, string> | undefined;

function readPsEnvironments(): Map<number, string> {
  setTimeout(() => (psEnvironments = undefined), 5).unref();
  const output = Bun.spawnSync(["ps", "-axEww", "-o", "pid=,command="]).stdout.toString();
  return new Map(output.split("\n").map((line) => [Number.parseInt(line, 10), line]));
}

/** The name of a signal number as `kill -l` has it, or null for one without. */
export function signalName(number: number): string | null {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? null;
}

/**
 * Signals a process if it is still the one that was meant. On Linux a pidfd is opened before the check, so that the pid
 * can't pass to a stranger between check and signal.
 */
export function signalExactly(identity: ProcessIdentity, signal: SignalName): void {
  const fd = openProcess(identity.pid);
  try {
    if (!isAlive(identity)) return;
    if (fd === null) process.kill(identity.pid, signal);
    else signalProcess(fd, constants.signals[signal]);
  } catch {
    // It ended meanwhile, or became another user's: the next look at the table tells.
  } finally {
    if (fd !== null) closeSync(fd);
  }
}

/** Signals the foreground process group of the terminal that `launcher` lives in, as C-c typed there would. */
export function interruptForeground(launcher: number): number | null {
  const group = readProcess(launcher)?.foreground ?? -1;
  if (group <= 1) return null;
  try {
    process.kill(-group, "SIGINT");
    return group;
  } catch {
    return null;
  }
}
