import type { LogEntry } from "./log-merge.ts";

/** A line as it is shown; `gap`: lines were left out before it, which context is shown with `--`. */
export interface LogRow {
  task: string;
  stamp: string;
  text: string;
  gap: boolean;
}

/** The lines of a stream that match, with `context` lines on either side, as `grep -C` shows them. */
export class ContextFilter {
  private readonly before: LogEntry[] = [];
  private after = 0;
  private skipped = false;
  private hasShown = false;

  constructor(
    private readonly matches: (text: string) => boolean,
    private readonly context: number,
  ) {}

  /** Goes on after lines that were dealt with elsewhere: `last` are the newest of them, twice the context and one. */
  resume(last: Iterable<LogEntry>, hasShown: boolean): void {
    for (const entry of last) this.push(entry);
    this.hasShown ||= hasShown;
  }

  /** The lines to show now that this one has come. */
  push(entry: LogEntry): LogRow[] {
    if (this.matches(entry.text)) return this.found(entry);
    if (this.after > 0) {
      this.after--;
      return [{ ...entry, gap: false }];
    }
    this.before.push(entry);
    if (this.before.length > this.context) {
      this.before.shift();
      this.skipped = true;
    }
    return [];
  }

  private found(entry: LogEntry): LogRow[] {
    const rows = [...this.before, entry].map((line) => ({ ...line, gap: false }));
    rows[0]!.gap = this.context > 0 && this.skipped && this.hasShown;
    this.before.length = 0;
    this.after = this.context;
    this.skipped = false;
    this.hasShown = true;
    return rows;
  }
}

/** A match among its neighbours in the stream, all in time order. */
export interface ContextWindow {
  /** The neighbours before it, it, and the neighbours after it. */
  lines: readonly LogEntry[];
  /** The line after the last of `lines`, or null at the end of the stream. */
  next: LogEntry | null;
}

/** Windows in time order as rows: each line once, and a gap wherever two windows don't touch. */
export function* joinWindows(windows: Iterable<ContextWindow>): Generator<LogRow, void> {
  let shown: ContextWindow | null = null;
  for (const window of windows) {
    const seen: readonly LogEntry[] = shown?.lines ?? [];
    const fresh = window.lines.filter((line) => !seen.some((other) => isSame(line, other)));
    const touches = fresh.length < window.lines.length || isSame(window.lines[0]!, shown?.next);
    for (const [index, line] of fresh.entries())
      yield { ...line, gap: index === 0 && shown !== null && !touches };
    shown = window;
  }
}

const isSame = (a: LogEntry, b: LogEntry | null | undefined): boolean =>
  b !== null && b !== undefined && a.offset === b.offset && a.task === b.task;
