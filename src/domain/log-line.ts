/** Length of a log line's stamp, `2024-01-01T14:00:00.123`: UTC, milliseconds, no zone. One space follows it. */
export const stampLength = 23;

/** The stamp of a time in epoch milliseconds. */
export function stampOf(time: number): string {
  return new Date(time).toISOString().slice(0, stampLength);
}

/** A stamp as the ISO 8601 time with zone that JSON shows. */
export function isoOfStamp(stamp: string): string {
  return `${stamp}Z`;
}

const stampPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(?: |$)/;

/** Whether a line begins with a stamp; lines of other programs in a shared file have none. */
export function hasStamp(line: string): boolean {
  return stampPattern.test(line);
}

/** Text without colours. Log lines hold no other control sequence. */
export function withoutColour(text: string): string {
  return text.includes("\x1b") ? text.replace(/\x1b\[[0-9;:]*m/g, "") : text;
}

const longestCommand = 200;

/** The line that marks a launch: the command's first line, shortened, with nothing in it that a terminal obeys; "" where it isn't known. */
export function startLine(pid: string, command: string): string {
  return `[taskmux] started pid ${pid}${command === "" ? "" : `: ${shortCommand(command)}`}`;
}

const OWN = "[taskmux] ";
const startPattern = /^\[taskmux\] started pid (\d+)(?:$|:)/;

/** Whether a line's text is ours and not the task's. */
export const isOwnText = (text: string): boolean => text.startsWith(OWN);

/** The pid in a line that marks a launch; null for any other. */
export function startedPid(text: string): number | null {
  const pid = startPattern.exec(text)?.[1];
  return pid === undefined ? null : Number(pid);
}

/** The line that marks an end; `lasted` in milliseconds, null where nobody saw the start. */
export function exitLine(
  end: { status: number } | { signal: string },
  lasted: number | null,
): string {
  const how = "status" in end ? `exited with status ${end.status}` : `ended by ${end.signal}`;
  return `[taskmux] ${how}${lasted === null ? "" : ` after ${durationText(lasted)}`}`;
}

/** The line that stands for lines which could not be written. */
export function lostLine(lines: number, reason: string): string {
  return `[taskmux] ${lines} ${lines === 1 ? "line" : "lines"} lost: ${reason}`;
}

function shortCommand(command: string): string {
  const lines = command.trim().split("\n");
  const first = lines[0]!.replace(/[\x00-\x1f\x7f-\x9f]+/g, " ").trim();
  const short = first.length > longestCommand ? first.slice(0, longestCommand - 1) : first;
  return short.toWellFormed() + (short !== first || lines.length > 1 ? "…" : "");
}

/** Milliseconds as `3.2s`, `5m03s`, `2h05m`. */
export function durationText(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)}s`;
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}m${twoDigits(whole % 60)}s`;
  return `${Math.floor(minutes / 60)}h${twoDigits(minutes % 60)}m`;
}

const twoDigits = (number: number): string => String(number).padStart(2, "0");

const commonSignals: Record<number, string> = {
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
const linuxSignals: Record<number, string> = {
  7: "SIGBUS",
  10: "SIGUSR1",
  12: "SIGUSR2",
  31: "SIGSYS",
};
const darwinSignals: Record<number, string> = {
  10: "SIGBUS",
  12: "SIGSYS",
  30: "SIGUSR1",
  31: "SIGUSR2",
};

/** `SIGKILL` for 9; `signal 40` for one without a name. The numbers differ by platform. */
export function signalName(number: number, platform: string): string {
  const own = platform === "darwin" ? darwinSignals : linuxSignals;
  return commonSignals[number] ?? own[number] ?? `signal ${number}`;
}
