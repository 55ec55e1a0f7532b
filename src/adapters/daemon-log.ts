import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { tryFlock } from "./libc.ts";
import { makePrivateDirectory, stateHome } from "./paths.ts";

/** `~/.taskmux/daemon.log`: what the daemons in the background of this user say. */
export const daemonLogPath = (): string => join(stateHome(), "daemon.log");

/** Beyond so many bytes the log becomes `.1`, and what was that `.2`. */
export const LARGEST_DAEMON_LOG = 1024 * 1024;

const KEPT = 2;

/** Opened anew for each line: another daemon may have rotated it. */
export function openDaemonLog(path = daemonLogPath()): number {
  makePrivateDirectory(dirname(path));
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
  return openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
}

/** Appends one line, `TIME SESSION[PID] TEXT`; a log that can't be written costs nothing but the line. */
export function writeDaemonLog(session: string, text: string, path = daemonLogPath()): void {
  const line = `${new Date().toISOString()} ${session}[${process.pid}] ${text}\n`;
  try {
    const fd = openDaemonLog(path);
    writeSync(fd, line);
    rotateIfDue(fd, path);
    closeSync(fd);
  } catch {
    // A full disk must not end the daemon.
  }
}

/** The log is its own lock: of two daemons that see it full, one rotates it. */
function rotateIfDue(fd: number, path: string): void {
  const { size, ino } = fstatSync(fd);
  if (size <= LARGEST_DAEMON_LOG || !tryFlock(fd) || statSync(path).ino !== ino) return;
  for (let n = KEPT; n >= 1; n--) {
    const from = n === 1 ? path : `${path}.${n - 1}`;
    if (statSync(from, { throwIfNoEntry: false })) renameSync(from, `${path}.${n}`);
  }
}
