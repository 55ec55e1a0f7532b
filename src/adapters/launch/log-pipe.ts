import { rmSync } from "node:fs";
import { join } from "node:path";
import { HUB_MESSAGES, OUTPUT_FIFO } from "../logs/hub-files.ts";
import { modifiedAt, readRare, readText } from "../system/files.ts";
import { isAlive } from "../processes/table.ts";
import { IDENTIFY_SELF } from "./shell-identity.ts";

/**
 * The POSIX sh script at the end of a pane's pipe; `$1` is the task's directory. It copies the output into the task's FIFO,
 * which the session's log hub reads, and tells the hub that it is there. The FIFO is open for reading too, so that writing
 * to it waits while no hub runs. At the end of the pipe the script keeps what the hub has still to read, because a FIFO that
 * no process has open is empty.
 */
export const logPipeScript = (): string => `${OPEN}${COPY_BY_DD}`;

/**
 * Seconds after which a keeper discards what no hub reads. A hub is back in less; but it may be suspended, or wait for a
 * disk, and the tmux server's memory grows while a pipe waits.
 */
const LONGEST_UNREAD = 30;

/**
 * The command line with which a keeper does the same (log-pipe.c), and discards what isn't read in `patience` seconds;
 * `directory` is the task's.
 */
export const pipeByKeeper = (
  keeper: string,
  directory: string,
  patience = LONGEST_UNREAD,
): string[] => [keeper, "pipe", directory, OUTPUT_FIFO, HUB_MESSAGES, `${patience}`];

/**
 * Files in the task's directory: one names the process at the end of the pipe, the other the same process once the hub has
 * read the last of it.
 */
const OPENED = "pipe";
export const PIPE_ENDED = "pipe-ended";

// Signals to the tmux server's whole group are ignored: when the server ends, the pipe ends, and its last lines must still
// be copied. Opening with `<>` never waits. A FIFO of another kind is not of taskmux: the output is discarded, because the
// tmux server's memory grows without limit if nobody reads the pipe.
const OPEN = `trap '' HUP INT TERM
umask 077
cd /
D=$1
${IDENTIFY_SELF}
[ -p "$D/${OUTPUT_FIFO}" ] || exec cat >/dev/null
exec 3<>"$D/${OUTPUT_FIFO}"
printf '%s\\n' "$self" >"$D/${OPENED}"
messages=\${D%/tasks/*}/${HUB_MESSAGES}
[ ! -p "$messages" ] || printf '%s\\n' "\${D##*/}" 1<>"$messages"
`;

/** Tenths of a second in which a hub must have read the rest. */
const LONGEST_REST = 100;

// Not with cat: BusyBox's calls sendfile(2), and Linux keeps the FIFO locked while that waits for output, so that no hub can
// open it. With `bs=` dd writes what it has read at once (POSIX).
// While only reading ends are open, the hub finds the end after the last byte.
const COPY_BY_DD = `dd bs=65536 >&3 2>/dev/null
exec 4<"$D/${OUTPUT_FIFO}" 3>&-
looks=0 ended=
until [ "$ended" = "$self" ] || [ "$looks" -ge ${LONGEST_REST} ]; do
  [ "$looks" -eq 0 ] || sleep 0.1
  looks=$((looks + 1))
  { read -r ended <"$D/${PIPE_ENDED}"; } 2>/dev/null
done
`;

/** The state of the pipe from a pane to its log. Unknown: none was opened, or the version that did left no record. */
export type LogPipe =
  | { kind: "unknown" | "open" }
  /** Another program has taken the pipe, or its pane was closed; at `endedAt`, epoch ms, null if unknown. */
  | { kind: "ended"; endedAt: number | null };

/** The process at the end of a task's pipe, as recorded; null before it has started. `directory` is the task's. */
export const pipeRecord = (directory: string): string | null =>
  readText(join(directory, OPENED))?.trim() || null;

/** The state of a task's pipe, from the records of the script at its end; `directory` is the task's. */
export function readLogPipe(directory: string): LogPipe {
  const record = pipeRecord(directory);
  if (record === null) return { kind: "unknown" };
  const [pid, startTime = ""] = record.split(" ");
  if (isAlive({ pid: Number(pid), startTime })) return { kind: "open" };
  const ended = join(directory, PIPE_ENDED);
  // The record of an earlier pipe's end may arrive late.
  const isIts = readRare(ended)?.trim() === record;
  return { kind: "ended", endedAt: isIts ? modifiedAt(ended) : null };
}

/** Removes the records before a new pipe is opened: its state is unknown until its script writes them. */
export const forgetLogPipe = (directory: string): void => {
  for (const name of [OPENED, PIPE_ENDED]) rmSync(join(directory, name), { force: true });
};
