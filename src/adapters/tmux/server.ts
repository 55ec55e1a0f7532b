import { lstatSync, mkdirSync, readdirSync } from "node:fs";
import { dirname } from "node:path";
import { readText } from "../system/files.ts";
import { readProcess, readProcessTable, isAlive } from "../processes/table.ts";
import { readPsRow } from "../processes/ps.ts";
import { system } from "../system/platform.ts";
import type { TmuxServer } from "./arguments.ts";
import { signalExactly } from "../processes/signals.ts";
import { commandLine } from "../processes/description.ts";

/** The recorded tmux server of a session. */
export interface RecordedServer extends TmuxServer {
  /** The kernel's start time of its process; missing in records of 0.1.0. */
  processStart?: string;
}

/** Adds the start time of the server's process, which identifies it together with the pid. */
export const withProcessStart = (server: TmuxServer): RecordedServer => {
  const processStart = readProcess(server.pid)?.startTime;
  return processStart === undefined ? server : { ...server, processStart };
};

/** Whether the recorded server is running, not a later process with its pid. */
export function isServerAlive({ pid, processStart }: RecordedServer): boolean {
  if (processStart !== undefined) return isAlive({ pid, startTime: processStart });
  return readProcess(pid) !== null && /^([^\0]*\/)?tmux[\0 :]/.test(commandLine(pid));
}

/** Asks a running server to recreate its socket (SIGUSR1, tmux(1)), and creates the socket's directory if it is gone. */
export function askForSocket({ pid, socket }: RecordedServer): void {
  const found = readProcess(pid);
  if (found === null) return;
  try {
    mkdirSync(dirname(socket), { mode: 0o700 });
  } catch {
    // If the directory can't be created, the server doesn't answer, which is reported.
  }
  signalExactly(found, "SIGUSR1");
}

/**
 * Whether only this user or root can change a socket's directory. A removed directory in /tmp may have been created again
 * by another user, whose server would get this command's environment.
 */
export function isTrusted(socket: string): boolean {
  const found = lstatSync(dirname(socket), { throwIfNoEntry: false });
  return found === undefined || found.uid === 0 || found.uid === process.geteuid?.();
}

/** Whether the server has a child with such a pid: the processes of panes are its children. */
export const hasChild = (server: number, isWanted: (pid: number) => boolean): boolean =>
  [...readProcessTable().values()].some(({ pid, parent }) => parent === server && isWanted(pid));

/** Whether a process is stopped by a signal. */
export const isStopped = (pid: number): boolean =>
  system === "linux"
    ? /^\d+ \(.*\) [Tt] /s.test(readText(`/proc/${pid}/stat`) ?? "")
    : (readPsRow(pid)?.isStopped ?? false);

/** The number of open files of a process, and its limit; null without /proc, or if it is another user's. */
export function openFiles(pid: number): { open: number; limit: number } | null {
  const limit = /^Max open files\s+(\d+)/m.exec(readText(`/proc/${pid}/limits`) ?? "")?.[1];
  try {
    const open = readdirSync(`/proc/${pid}/fd`).length;
    return limit === undefined ? null : { open, limit: Number(limit) };
  } catch {
    return null;
  }
}
