import { readdirSync, readFileSync, statSync } from "node:fs";

/** One process as the kernel describes it. `startTime` tells it from a later process with the same pid. */
export interface ProcessEntry {
  pid: number;
  parent: number;
  group: number;
  session: number;
  /** The foreground process group of its terminal; -1 without one. */
  foreground: number;
  /** Linux: clock ticks since boot. macOS: `ps`'s lstart. */
  startTime: string;
}

/** All living processes (no zombies), by pid. */
export type ProcessTable = Map<number, ProcessEntry>;

const isLinux = process.platform === "linux";

/** Reads the process table: some 10 µs a process on Linux, one `ps` elsewhere. */
export const readProcessTable = (): ProcessTable => (isLinux ? fromProc() : fromPs());

/** What stood in the table when a process was seen first, and the inode of its directory then. */
const known = new Map<number, { inode: number; entry: ProcessEntry }>();

/**
 * The process table, read anew only for processes that were not there at the last such look: a third of the time. The
 * others are as they were when they were seen first, which may be with a parent or in a group that they have left since; a
 * process that has ended and waits for its parent may be among them. Who belonged to a task then belongs to it now.
 *
 * An inode of /proc/PID stays with its process: the kernel looks it up by the process, not by the number (pid_revalidate
 * in fs/proc/base.c), so a later process of that number has another.
 */
export function glanceAtProcesses(): ProcessTable {
  if (!isLinux) return readProcessTable();
  const table: ProcessTable = new Map();
  for (const pid of pidsInProc()) {
    const entry = glanceAt(pid);
    if (entry) table.set(pid, entry);
  }
  for (const pid of known.keys()) if (!table.has(pid)) known.delete(pid);
  return table;
}

function glanceAt(pid: number): ProcessEntry | null {
  const inode = statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.ino;
  if (inode === undefined) return null;
  const seen = known.get(pid);
  if (seen?.inode === inode) return seen.entry;
  const entry = readStat(pid);
  if (entry === null) return null;
  // Read before or after the inode, it may be of two processes: then the next look sees another inode, and reads again.
  known.set(pid, { inode, entry });
  return entry;
}

/** One process, or null if it is gone or a zombie. */
export function readProcess(pid: number): ProcessEntry | null {
  if (isLinux) return readStat(pid);
  return fromPs(["-p", String(pid)]).get(pid) ?? null;
}

/** Deeper than any tree of processes; a table that is read while it changes could hold a ring. */
const MOST_DEPTH = 64;

/** A process, its parent, and so on up. */
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

/** proc(5): the command's name stands in parentheses and may hold anything, so fields count from the last `)`. */
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
  };
}

function fromPs(selection: string[] = ["-ax"]): ProcessTable {
  const columns = ["-o", "pid=,ppid=,pgid=,tpgid=,state=,lstart="];
  const output = Bun.spawnSync(["ps", ...selection, ...columns], { env: { LC_ALL: "C" } }).stdout;
  const table: ProcessTable = new Map();
  for (const line of output.toString().split("\n")) {
    const entry = parsePsLine(line);
    if (entry) table.set(entry.pid, entry);
  }
  return table;
}

/** macOS's ps tells no session id; 0 never equals one. Who belongs to a task is told there by parents and marks. */
export function parsePsLine(line: string): ProcessEntry | null {
  const [pid, parent, group, foreground, state, ...start] = line.trim().split(/\s+/);
  if (!pid || !state || state.startsWith("Z")) return null;
  return {
    pid: Number(pid),
    parent: Number(parent),
    group: Number(group),
    session: 0,
    foreground: Number(foreground) || -1,
    startTime: start.join(" "),
  };
}
