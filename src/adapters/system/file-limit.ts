import { readText } from "./files.ts";
import { setLimit } from "./libc.ts";

/** The variable that passes the limit of a daemon's caller to the daemon. */
export const FILE_LIMIT = "TASKMUX_FILE_LIMIT";

/** Its number on Linux. */
const RLIMIT_NOFILE = 7;

/** Sets this process's limits of open files; false if not permitted. Linux only. */
export const setFileLimit = (soft: number, hard: number): boolean =>
  setLimit(RLIMIT_NOFILE, soft, hard);

/** Limits of open files, RLIMIT_NOFILE. */
interface FileLimits {
  soft: number;
  hard: number;
}

/** The limits, from proc_pid_limits(5); null if unreadable or unlimited. */
function limitsOf(pid: number | "self"): FileLimits | null {
  const row = /^Max open files +(\d+) +(\d+) /m.exec(readText(`/proc/${pid}/limits`) ?? "");
  return row ? { soft: Number(row[1]), hard: Number(row[2]) } : null;
}

let callers: number | null | undefined;

/**
 * The soft limit of open files that this process was started with; null if it is unchanged or unknown. Bun raises its limit
 * to the hard limit before any code here runs, and doesn't keep the old value. Since limits are inherited, the parent's
 * value is used, unless the hard limits differ: then `ulimit -n`, systemd or the like has set both in between. Unknown on
 * macOS, where the limits of other processes can't be read.
 */
export const callersFileLimit = (): number | null =>
  callers === undefined ? (callers = findCallersLimit()) : callers;

function findCallersLimit(): number | null {
  const own = limitsOf("self");
  if (own === null) return null;
  const passed = Number(process.env[FILE_LIMIT]) || null;
  const parent = limitsOf(process.ppid);
  const limit = passed ?? (parent?.hard === own.hard ? parent.soft : null);
  return limit !== null && limit < own.soft ? limit : null;
}

/** Starts a process with this soft limit of open files; null: that of this process. */
export function withFileLimit<T>(limit: number | null | undefined, spawn: () => T): T {
  const own = limit ? limitsOf("self") : null;
  if (!limit || own === null) return spawn();
  setFileLimit(Math.min(limit, own.hard), own.hard);
  try {
    return spawn();
  } finally {
    setFileLimit(own.soft, own.hard);
  }
}
