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
  let shown = new Set<string>();
  let next: LogEntry | null = null;
  let isFirst = true;
  for (const window of windows) {
    const fresh = window.lines.filter((line) => !shown.has(keyOf(line)));
    const overlaps = fresh.length < window.lines.length;
    const follows = next !== null && keyOf(next) === keyOf(window.lines[0]!);
    let gap = !isFirst && !overlaps && !follows;
    for (const line of fresh) {
      yield { ...line, gap };
      gap = false;
    }
    shown = new Set(window.lines.map(keyOf));
    next = window.next;
    isFirst = false;
  }
}

const keyOf = ({ task, offset }: LogEntry): string => `${offset} ${task}`;
