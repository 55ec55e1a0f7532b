import {
  lineage,
  type ProcessEntry,
  type ProcessTable,
  type ProcessIdentity,
  UNREADABLE,
} from "./table.ts";
import { readEnvironment } from "./marks.ts";
import { system } from "../system/platform.ts";

/** The record of a launch. */
export interface RecordedLaunch {
  /** The process of the command. */
  process: ProcessIdentity;
  launcher: ProcessIdentity;
  /** The keeper above the launcher; null if there is none, or it has ended. */
  keeper: ProcessIdentity | null;
}

/** Identifies a task's processes: by their ancestors, and by the marks of its launches in their environment. */
export interface TaskMarks {
  /** The pid of the task's running launcher; null if there is none. */
  launcher: number | null;
  /** The recorded launches. */
  recorded: readonly RecordedLaunch[];
  /** The prefix of the run ids of this session. */
  scope: string;
  task: string;
}

/** A process whose descendants belong to the task. Keepers and launchers themselves don't. */
interface Root {
  marks: TaskMarks;
  isMember: boolean;
}

/**
 * Finds every process of a task: the recorded command, the processes in the terminal session of its launcher, the
 * descendants of its keeper, launcher or command, and the processes with the mark of one of its launches. A program can
 * leave the session and change or clear its environment, but it can't leave the keeper. A process with another launch's
 * mark belongs to that launch; one with an empty TASKMUX_RUN belongs to none; both with their descendants. This process is
 * never included.
 */
export function membersOf(table: ProcessTable, tasks: TaskMarks[]): Map<string, ProcessEntry[]> {
  const members = new Map<string, ProcessEntry[]>(tasks.map(({ task }) => [task, []]));
  const roots = rootsOf(table, tasks);
  const sessions = sessionsOf(table, roots, tasks);
  const marked = new Map(tasks.map((marks) => [`${marks.scope}/${marks.task}`, marks]));
  for (const entry of table.values()) {
    const root = roots.get(entry.pid);
    if (entry.pid === process.pid || root?.isMember === false) continue;
    const owner =
      root?.marks ??
      sessions.get(entry.session) ??
      ownerByDescent(table, entry, roots) ??
      ownerByMark(entry, marked);
    if (owner !== undefined) members.get(owner.task)?.push(entry);
  }
  return members;
}

function rootsOf(table: ProcessTable, tasks: TaskMarks[]): Map<number, Root> {
  const roots = new Map<number, Root>();
  const add = (identity: ProcessIdentity | null, root: Root): void => {
    if (identity !== null && isIn(table, identity)) roots.set(identity.pid, root);
  };
  for (const marks of tasks) {
    for (const { process, launcher, keeper } of marks.recorded) {
      add(process, { marks, isMember: true });
      add(launcher, { marks, isMember: false });
      add(keeper, { marks, isMember: false });
    }
    if (marks.launcher !== null) roots.set(marks.launcher, { marks, isMember: false });
  }
  return roots;
}

/** The process in the table. Records without a start time (systems without /proc) identify nothing. */
const isIn = (table: ProcessTable, { pid, startTime }: ProcessIdentity): boolean =>
  startTime !== "" && table.get(pid)?.startTime === startTime;

/**
 * The terminal sessions of tasks: those led by a root, and that of a command whose launcher led it. Session 0 is none: it is
 * the session of kernel threads, of what init starts without setsid(2), and of each whose leader is outside this pid
 * namespace (pid_namespaces(7)).
 */
function sessionsOf(
  table: ProcessTable,
  roots: Map<number, Root>,
  tasks: TaskMarks[],
): Map<number, TaskMarks> {
  const sessions = new Map([...roots].map(([pid, { marks }]) => [pid, marks]));
  for (const marks of tasks) {
    for (const { process, launcher } of marks.recorded) {
      const session = isIn(table, process) ? table.get(process.pid)?.session : undefined;
      if (session !== undefined && session === launcher.pid) sessions.set(session, marks);
    }
  }
  sessions.delete(0);
  return sessions;
}

function ownerByDescent(
  table: ProcessTable,
  entry: ProcessEntry,
  roots: Map<number, Root>,
): TaskMarks | undefined {
  const path: ProcessEntry[] = [];
  for (const ancestor of lineage(table, entry)) {
    const marks = roots.get(ancestor.pid)?.marks;
    if (marks !== undefined)
      return path.some((each) => isAnothers(each, marks)) ? undefined : marks;
    path.push(ancestor);
  }
  return undefined;
}

function isAnothers(entry: ProcessEntry, { scope, task }: TaskMarks): boolean {
  const mark = readMark(entry);
  if (mark === null || mark === "exempt") return mark === "exempt";
  return mark.scope !== scope || mark.task !== task;
}

function ownerByMark(entry: ProcessEntry, marked: Map<string, TaskMarks>): TaskMarks | undefined {
  const mark = readMark(entry);
  if (mark === null || mark === "exempt") return undefined;
  return marked.get(`${mark.scope}/${mark.task}`);
}

/** The launch in a process's environment. */
export interface LaunchMark {
  /** The part of its run id before the first dot. */
  scope: string;
  task: string;
}

/**
 * An environment is fixed at exec, so it is read once per process and program. A task's own children are found by their parent instead.
 */
const seenMarks = new Map<string, LaunchMark | "exempt" | null>();

/** Maximum size of the cache: a monitor runs for weeks. */
const MOST_SEEN = 10_000;

function readMark(entry: ProcessEntry): LaunchMark | "exempt" | null {
  const key = `${entry.pid} ${entry.startTime} ${entry.image}`;
  const seen = seenMarks.get(key);
  if (seen !== undefined) return seen;
  if (seenMarks.size >= MOST_SEEN) seenMarks.clear();
  const environment = readEnvironment(entry);
  const mark = isExempt(environment) ? "exempt" : parseMark(environment);
  // A process that may be read and has no environment may be executing a program (execve), with its image of before.
  const isBecoming = system === "linux" && environment === "" && entry.image !== UNREADABLE;
  if (!isBecoming) seenMarks.set(key, mark);
  return mark;
}

/** `environment` is separated by NULs (Linux) or spaces (macOS's `ps -E`); marks contain neither. */
export function parseMark(environment: string): LaunchMark | null {
  const run = /(?:^|[\0 ])TASKMUX_RUN=([a-z0-9]+)\./.exec(environment)?.[1];
  const task = /(?:^|[\0 ])TASKMUX_TASK=([A-Za-z0-9_.-]+)/.exec(environment)?.[1];
  return run && task ? { scope: run, task } : null;
}

/** Whether a process was started with an empty TASKMUX_RUN, in order to outlive its task. */
export const isExempt = (environment: string): boolean =>
  /(?:^|[\0 ])TASKMUX_RUN=(?:[\0 ]|$)/.test(environment);
