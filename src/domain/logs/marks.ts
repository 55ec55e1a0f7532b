/**
 * The launcher's messages to the log hub, in order with the output: `7776;KEY;start;RUN;PID`,
 * `7776;KEY;exit;RUN;STATUS;exit`, `7776;KEY;exit;RUN;SIGNO;signal`, and `7776;KEY;note;LENGTH` before LENGTH bytes that
 * are only for people in the window, which end with `7776;KEY;end`. A launcher of 0.1.0 gives no length: there everything
 * up to the end mark is for the window only.
 */
export type LogMark =
  | { kind: "start"; run: string; pid: string }
  | { kind: "exit"; run: string; status: number }
  | { kind: "signal"; run: string; signal: number }
  | { kind: "note"; length: number | null }
  | { kind: "end" };

/** The mark in the fields of an OSC sequence, or null if it is none. `key` is a secret that the task doesn't know. */
export function parseMark(fields: readonly string[], key: string): LogMark | null {
  const [, given, kind, run = "", number = "", how] = fields;
  if (given !== key || key === "") return null;
  if (kind === "end") return { kind };
  if (kind === "note" && run === "") return { kind, length: null };
  if (kind === "note") return /^[0-9]{1,4}$/.test(run) ? { kind, length: Number(run) } : null;
  if (!/^[a-z0-9.]+$/.test(run) || !/^[0-9]{1,10}$/.test(number)) return null;
  if (kind === "start") return { kind, run, pid: number };
  if (kind !== "exit") return null;
  if (how === "signal") return { kind: "signal", run, signal: Number(number) };
  return how === "exit" ? { kind: "exit", run, status: Number(number) } : null;
}

/** A message of the launcher; `text` without the number and the key. */
export const markText = (text: string, key: string): string => `\x1b]7776;${key};${text}\x1b\\`;

/**
 * A text for people in the window, as it follows its mark. It has no line feed: a shell may write line by line, and other
 * output would come between.
 */
export const noteText = (text: string, key: string): string =>
  `\x1b[2m${text}\x1b[0m\x1bE\x1b]7776;${key};end\x1b\\`;

/** Whether bytes are a complete note. If other output came in the middle, its last bytes come later. */
export function isNote(bytes: Uint8Array, key: string): boolean {
  const end = new TextEncoder().encode(noteText("", key).slice(4));
  const start = bytes.length - end.length;
  return start >= 0 && end.every((byte, index) => bytes[start + index] === byte);
}
