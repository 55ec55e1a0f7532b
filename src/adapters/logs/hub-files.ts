import { closeSync, constants, statSync } from "node:fs";
import { join } from "node:path";
import { openOwn, readRecord } from "../system/files.ts";
import { trySharedFlock } from "../system/libc.ts";
import { isAlive, type ProcessIdentity } from "../processes/table.ts";

/** The FIFO in a task's directory: the pipe of its window writes to it, the log hub reads. */
export const OUTPUT_FIFO = "output";

/**
 * The file in a task's directory that says that output is missing: since when another program has had the pipe (epoch ms,
 * empty if unknown), or {@link DISCARDED}. The writer of the log marks it.
 */
export const LOG_GAP = "log-gap";
export const DISCARDED = "discarded";

/** Files in a session's run directory: the script that keeps the hub running, its FIFOs and its records. */
export const HUB_SCRIPT = "log-hub.sh";
export const HUB_MESSAGES = "log-hub-messages";
export const HUB_GATE = "log-hub-gate";
export const HUB_RECORD = "log-hub";
export const HUB_SPARE = "log-hub-spare";
/** In a directory of its own: a monitor watches the run directory, and each write to a file there would wake it. */
export const HUB_UNWRITTEN = "hub/unwritten";

/**
 * A session's log hub. None: it has never run, or it ended because no window was left. Restarting: its script is running,
 * and starts it. Dead: output waits in the FIFOs until a command starts it.
 */
export type LogHubState = "none" | "running" | "restarting" | "dead";

/** What the record in the run directory says: a line each of the hub (by itself) and of its script. */
export interface LogHubRecord {
  hub: ProcessIdentity | null;
  script: ProcessIdentity | null;
}

export function parseHubRecord(text: string): LogHubRecord {
  const record: LogHubRecord = { hub: null, script: null };
  for (const [, role, pid, startTime = ""] of text.matchAll(/^(hub|script) (\d+)(?: (\S+))?$/gm))
    record[role as keyof LogHubRecord] = { pid: Number(pid), startTime };
  return record;
}

export const hubRecordText = ({ hub, script }: LogHubRecord): string =>
  Object.entries({ hub, script })
    .filter(([, identity]) => identity !== null)
    .map(([role, identity]) => `${role} ${identity!.pid} ${identity!.startTime}\n`)
    .join("");

/** The state that a record means; `isLocked`: the hub holds its lock. `isRunning` tells whether a process is still the same. */
export function hubStateOf(
  { hub, script }: LogHubRecord,
  isLocked: boolean,
  isRunning: (process: ProcessIdentity) => boolean,
): LogHubState {
  if (hub === null && script === null) return "none";
  if (isLocked) return "running";
  return script !== null && isRunning(script) ? "restarting" : "dead";
}

export const isFifo = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isFIFO() ?? false;

/** The state of the hub of a session; `directory` is its run directory. */
export function readHubState(directory: string): LogHubState {
  const path = join(directory, HUB_RECORD);
  const text = readRecord(path);
  if (text === null) return "none";
  const record = parseHubRecord(text);
  return hubStateOf(record, isIdentified(record.hub) || isLocked(path), isAlive);
}

/** Whether the recorded hub runs. If so, `status` need not ask for the lock, for which it would load the C library. */
const isIdentified = (hub: ProcessIdentity | null): boolean =>
  hub !== null && hub.startTime !== "" && isAlive(hub);

function isLocked(path: string): boolean {
  const descriptor = openOwn(path, constants.O_RDONLY);
  const isFree = trySharedFlock(descriptor);
  closeSync(descriptor);
  return !isFree;
}
