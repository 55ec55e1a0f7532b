/**
 * What the launcher tells the log writer, in order with the output:
 * `7776;KEY;start;RUN;PID`, `7776;KEY;exit;RUN;STATUS;exit`, `7776;KEY;exit;RUN;SIGNO;signal`, and `7776;KEY;note` and
 * `7776;KEY;end` around text that is for people in the window only.
 */
export type LogMark =
  | { kind: "start"; run: string; pid: string }
  | { kind: "exit"; run: string; status: number }
  | { kind: "signal"; run: string; signal: number }
  | { kind: "note" }
  | { kind: "end" };

/** The mark in the fields of an OSC sequence, or null where it isn't one: `key` is what a task can't know. */
export function parseMark(fields: readonly string[], key: string): LogMark | null {
  const [, given, kind, run = "", number = "", how] = fields;
  if (given !== key || key === "") return null;
  if (kind === "note" || kind === "end") return { kind };
  if (!/^[a-z0-9.]+$/.test(run) || !/^[0-9]{1,10}$/.test(number)) return null;
  if (kind === "start") return { kind, run, pid: number };
  if (kind !== "exit") return null;
  if (how === "signal") return { kind: "signal", run, signal: Number(number) };
  return how === "exit" ? { kind: "exit", run, status: Number(number) } : null;
}
