import { closeSync, constants, fstatSync, renameSync, statSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { printableLine } from "../../domain/values/printable.ts";
import { openOwn } from "../system/files.ts";
import { tryFlock } from "../system/libc.ts";
import { makePrivateDirectory, stateHome } from "../system/paths.ts";

/** `~/.taskmux/daemon.log`: the messages of this user's background daemons. */
export const daemonLogPath = (): string => join(stateHome(), "daemon.log");

/** A larger log, bytes, is rotated to `.1`, and `.1` to `.2`. */
export const LARGEST_DAEMON_LOG = 1024 * 1024;

const KEPT = 2;

/** Opens the log; called for each line, since another daemon may have rotated it. */
export function openDaemonLog(path = daemonLogPath()): number {
  makePrivateDirectory(dirname(path));
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
  return openOwn(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW);
}

/** Appends a line `TIME SESSION[PID] TEXT`. If that fails, only the line is lost. */
export function writeDaemonLog(session: string, text: string, path = daemonLogPath()): void {
  const line = `${new Date().toISOString()} ${session}[${process.pid}] ${printableLine(text)}\n`;
  try {
    const fd = openDaemonLog(path);
    writeSync(fd, line);
    rotateIfDue(fd, path);
    closeSync(fd);
  } catch {
    // A full disk must not end the daemon.
  }
}

/** Uses the log itself as the lock, so that only one of two daemons rotates it. */
function rotateIfDue(fd: number, path: string): void {
  const { size, ino } = fstatSync(fd);
  if (size <= LARGEST_DAEMON_LOG || !tryFlock(fd) || statSync(path).ino !== ino) return;
  for (let n = KEPT; n >= 1; n--) {
    const from = n === 1 ? path : `${path}.${n - 1}`;
    if (statSync(from, { throwIfNoEntry: false })) renameSync(from, `${path}.${n}`);
  }
}
