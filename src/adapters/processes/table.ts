import { readdirSync, readFileSync, statSync } from "node:fs";
import type { ProcessEntry, ProcessTable } from "./entry.ts";
import { readPsEntry, readPsTable } from "./ps.ts";
import { system } from "../system/platform.ts";

export type { ProcessEntry, ProcessTable } from "./entry.ts";

/** Reads the process table: about 10 µs per process on Linux, one `ps` elsewhere. */
export const readProcessTable = (on = system): ProcessTable =>
  on === "linux" ? fromProc() : readPsTable();

/** A process when it was first seen, and the inode of its directory then. */
interface Seen {
  inode: number;
  entry: ProcessEntry;
  /** Until when it may be executing a program, monotonic ms. */
  becomesUntil: number;
}

const known = new Map<number, Seen>();

/** The image of a process that may not be read, of a kernel thread, and of a process while it executes a program. */
export const UNREADABLE = "0";

/** A process executes a program in less, ms. */
const LONGEST_EXEC = 1000;

/** The parent of kernel threads. */
const KTHREADD = 2;

/**
 * The process table, in a third of the time: only processes that are new since the last call are read. The others are as
 * first seen, so a process may have changed its group since, or be a zombie by now. But a process that belonged to a task
 * still does. A process whose parent has ended is read again, because it has a new parent: the keeper of its task, for
 * example. The inode of /proc/PID belongs to the process, not to the number (pid_revalidate in fs/proc/base.c), so a later
 * process with the same pid has another inode.
 */
export function readProcessTableCached(on = system): ProcessTable {
  if (on !== "linux") return readProcessTable(on);
  const table: ProcessTable = new Map();
  for (const pid of pidsInProc()) {
    const entry = readCached(pid);
    if (entry) table.set(pid, entry);
  }
  for (const pid of known.keys()) if (!table.has(pid)) known.delete(pid);
  for (const entry of table.values()) if (isAdopted(table, entry)) lookAgain(table, entry.pid);
  return table;
}

/** Whether a process's parent has changed: the one first seen is gone, or a later process has its pid. */
function isAdopted(table: ProcessTable, { parent, startTime }: ProcessEntry): boolean {
  if (parent === 0) return false;
  const found = table.get(parent);
  return found === undefined || Number(found.startTime) > Number(startTime);
}

function lookAgain(table: ProcessTable, pid: number): void {
  const entry = readStat(pid);
  const seen = known.get(pid);
  if (entry === null || seen === undefined) return;
  known.set(pid, { ...seen, entry });
  table.set(pid, entry);
}

function readCached(pid: number): ProcessEntry | null {
  const found = statSync(`/proc/${pid}`, { throwIfNoEntry: false });
  if (found === undefined) return null;
  const seen = known.get(pid);
  const isSeen = seen?.inode === found.ino;
  if (isSeen && performance.now() >= seen.becomesUntil) return seen.entry;
  const entry = readStat(pid);
  if (entry === null) return null;
  const isOurs = found.uid === process.geteuid?.() && entry.parent !== KTHREADD;
  // One that was first seen while it executed a program is read again.
  const mayBecome = isOurs && entry.image === UNREADABLE;
  const until = isSeen ? seen.becomesUntil : performance.now() + LONGEST_EXEC;
  // Inode and entry may be of different processes. Then the next call finds another inode, and reads it again.
  known.set(pid, { inode: found.ino, entry, becomesUntil: mayBecome ? until : 0 });
  return entry;
}

/**
 * Reads these processes of a cached table again, and removes those that have ended. Returns whether one has executed another
 * program since it was first seen. Elsewhere than on Linux a table is never cached.
 */
export function renew(table: ProcessTable, entries: Iterable<ProcessEntry>, on = system): boolean {
  if (on !== "linux") return false;
  let hasChanged = false;
  for (const { pid, startTime, image } of entries) {
    const now = readStat(pid);
    const seen = known.get(pid);
    if (now?.startTime !== startTime) {
      table.delete(pid);
      continue;
    }
    table.set(pid, now);
    if (seen?.entry.startTime === startTime) known.set(pid, { ...seen, entry: now });
    hasChanged ||= now.image !== image;
  }
  return hasChanged;
}

/** A process, or null if it is gone or a zombie. */
export const readProcess = (pid: number, on = system): ProcessEntry | null =>
  on === "linux" ? readStat(pid) : readPsEntry(pid);

/** Deeper than any process tree. A table that was read during changes could contain a cycle. */
const MOST_DEPTH = 64;

/** A process, its parent, and so on. */
export function* lineage(table: ProcessTable, entry: ProcessEntry): Generator<ProcessEntry> {
  let current: ProcessEntry | undefined = entry;
  for (let depth = 0; current && depth < MOST_DEPTH; depth++) {
    yield current;
    current = table.get(current.parent);
  }
}

function fromProc(): ProcessTable {
  const table: ProcessTable = new Map();
  for (const pid of pidsInProc()) {
    const entry = readStat(pid);
    if (entry) table.set(pid, entry);
  }
  return table;
}

const pidsInProc = (): number[] => readdirSync("/proc").map(Number).filter(Number.isInteger);

function readStat(pid: number): ProcessEntry | null {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return null;
  }
}

/** proc(5): the name is in parentheses and may contain anything, so fields count from the last `)`. */
export function parseStat(stat: string): ProcessEntry | null {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const state = fields[0];
  if (state === undefined || state === "Z" || state === "X") return null;
  return {
    pid: Number.parseInt(stat, 10),
    parent: Number(fields[1]),
    group: Number(fields[2]),
    session: Number(fields[3]),
    foreground: Number(fields[5]),
    startTime: fields[19] ?? "",
    // The address of its environment, which is random.
    image: fields[47] ?? "",
  };
}

/** Identifies a process: a later one with the same pid has another start time. */
export interface ProcessIdentity {
  pid: number;
  startTime: string;
}

/** Whether a process began later than this one; false if that is unknown. */
export function isYounger({ startTime }: ProcessIdentity): boolean {
  const own = readProcess(process.pid)?.startTime ?? "";
  return orderOf(startTime) > orderOf(own);
}

/** Linux counts ticks since the system's start, `ps` of macOS writes the time with underscores. */
const orderOf = (startTime: string): number =>
  /^\d+$/.test(startTime) ? Number(startTime) : Date.parse(startTime.replaceAll("_", " "));

/** Whether a process of this user has this pid. */
export function isPid(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Whether this process is running. Without a start time (a shell without /proc) only the pid is checked. */
export function isAlive({ pid, startTime }: ProcessIdentity): boolean {
  const found = readProcess(pid);
  return found !== null && (startTime === "" || found.startTime === startTime);
}
