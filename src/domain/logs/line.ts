import { printableLine } from "../values/printable.ts";
import { exactDuration } from "../values/units.ts";

/** Length of a log line's stamp, `2024-01-01T14:00:00.123`: UTC, milliseconds, no zone. One space follows it. */
export const STAMP_LENGTH = 23;

/** The stamp of a time in epoch milliseconds. */
export function stampOf(time: number): string {
  return new Date(time).toISOString().slice(0, STAMP_LENGTH);
}

/** A stamp as the ISO 8601 time with zone that JSON shows. */
export function isoOfStamp(stamp: string): string {
  return `${stamp}Z`;
}

const STAMP_PATTERN = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(?: |$)/;

/** Whether a line begins with a stamp. Lines of other programs in a shared file may have none. */
export function hasStamp(line: string): boolean {
  return STAMP_PATTERN.test(line);
}

/** Text without colours. Log lines hold no other control sequence. */
export function withoutColour(text: string): string {
  return text.includes("\x1b") ? text.replace(/\x1b\[[0-9;:]*m/g, "") : text;
}

const LONGEST_COMMAND = 200;

/**
 * The line that marks a launch: the command's first line, shortened, without control characters; "" if the command isn't
 * known.
 */
export function startLine(pid: string, command: string): string {
  return `[taskmux] started pid ${pid}${command === "" ? "" : `: ${shortCommand(command)}`}`;
}

const OWN = "[taskmux] ";
const START_PATTERN = /^\[taskmux\] started pid (\d+)(?:$|:)/;

/** Whether taskmux, not the task, wrote a line. */
export const isOwnText = (text: string): boolean => text.startsWith(OWN);

/** The pid in a line that marks a launch; null for other lines. */
export function startedPid(text: string): number | null {
  const pid = START_PATTERN.exec(text)?.[1];
  return pid === undefined ? null : Number(pid);
}

/** The line that marks an end; `lasted` in ms, null if the start is unknown. `wasStopped`: by a command or a monitor. */
export function exitLine(
  end: { status: number } | { signal: string },
  lasted: number | null,
  wasStopped = false,
): string {
  const by = wasStopped ? "stopped by" : "ended by";
  const status = wasStopped ? "stopped: exited with status" : "exited with status";
  const how = "status" in end ? `${status} ${end.status}` : `${by} ${end.signal}`;
  return `[taskmux] ${how}${lasted === null ? "" : ` after ${exactDuration(lasted)}`}`;
}

/** The line that replaces lines which could not be written. */
export function lostLine(lines: number, reason: string): string {
  return `[taskmux] ${lines} ${lines === 1 ? "line" : "lines"} lost: ${reason}`;
}

/** The line that marks a place where lines may be missing. `reason` has no full stop. */
export function missingLine(reason: string): string {
  return `[taskmux] log lines may be missing here: ${reason}`;
}

/** The line that marks a place after which lines may be repeated. `reason` has no full stop. */
export function repeatedLine(reason: string): string {
  return `[taskmux] log lines may be repeated here: ${reason}`;
}

/** The line that marks a time in which another program read the window's output; `since` in epoch ms, null if unknown. */
export function gapLine(since: number | null): string {
  const from = since === null ? "" : ` since ${new Date(since).toISOString()}`;
  return missingLine(`another program had taken the pipe of the window${from}`);
}

/** The line that marks a time in which output was discarded because no log hub could run. */
export const discardedLine = (): string => missingLine("the log hub couldn't be started");

function shortCommand(command: string): string {
  const lines = command.trim().split("\n");
  const first = printableLine(lines[0]!);
  const short = first.length > LONGEST_COMMAND ? first.slice(0, LONGEST_COMMAND - 1) : first;
  return short.toWellFormed() + (short !== first || lines.length > 1 ? "…" : "");
}

const COMMON_SIGNALS: Record<number, string> = {
  1: "SIGHUP",
  2: "SIGINT",
  3: "SIGQUIT",
  4: "SIGILL",
  5: "SIGTRAP",
  6: "SIGABRT",
  8: "SIGFPE",
  9: "SIGKILL",
  11: "SIGSEGV",
  13: "SIGPIPE",
  14: "SIGALRM",
  15: "SIGTERM",
  24: "SIGXCPU",
  25: "SIGXFSZ",
  26: "SIGVTALRM",
  27: "SIGPROF",
};
const LINUX_SIGNALS: Record<number, string> = {
  7: "SIGBUS",
  10: "SIGUSR1",
  12: "SIGUSR2",
  31: "SIGSYS",
};
const DARWIN_SIGNALS: Record<number, string> = {
  10: "SIGBUS",
  12: "SIGSYS",
  30: "SIGUSR1",
  31: "SIGUSR2",
};

/** `SIGKILL` for 9; `signal 40` for one without a name. The numbers differ by platform. */
export function signalName(number: number, platform: string): string {
  const own = platform === "darwin" ? DARWIN_SIGNALS : LINUX_SIGNALS;
  return COMMON_SIGNALS[number] ?? own[number] ?? `signal ${number}`;
}

/** The number of a signal that has the same one on all systems; null for any other. */
export function signalNumber(name: string): number | null {
  const [number] = Object.entries(COMMON_SIGNALS).find(([, known]) => known === name) ?? [];
  return number === undefined ? null : Number(number);
}

/** How a program ended, from its exit status as a shell reports it: the end of a sentence. */
export const howItEnded = (status: number, platform: string): string =>
  status > 128
    ? `was ended by ${signalName(status - 128, platform)}`
    : `ended with status ${status}`;
