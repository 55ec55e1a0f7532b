import type { LogEntry } from "./merge.ts";

/** A line to show. `gap`: lines were left out before it, which context marks with `--`. */
export interface LogRow {
  task: string;
  stamp: string;
  text: string;
  gap: boolean;
}

/** Selects the matching lines of a stream, with `context` lines on either side, like `grep -C`. */
export class ContextFilter {
  readonly #before: LogEntry[] = [];
  #after = 0;
  #skipped = false;
  #hasShown = false;
  readonly #matches: (text: string) => boolean;
  readonly #context: number;

  constructor(matches: (text: string) => boolean, context: number) {
    this.#matches = matches;
    this.#context = context;
  }

  /** Continues after lines that were shown by other means: `last` are the newest of them, twice the context plus one. */
  resume(last: Iterable<LogEntry>, hasShown: boolean): void {
    for (const entry of last) this.push(entry);
    this.#hasShown ||= hasShown;
  }

  /** The lines to show after this entry. */
  push(entry: LogEntry): LogRow[] {
    if (this.#matches(entry.text)) return this.#found(entry);
    if (this.#after > 0) {
      this.#after--;
      return [{ ...entry, gap: false }];
    }
    this.#before.push(entry);
    if (this.#before.length > this.#context) {
      this.#before.shift();
      this.#skipped = true;
    }
    return [];
  }

  #found(entry: LogEntry): LogRow[] {
    const rows = [...this.#before, entry].map((line) => ({ ...line, gap: false }));
    rows[0]!.gap = this.#context > 0 && this.#skipped && this.#hasShown;
    this.#before.length = 0;
    this.#after = this.#context;
    this.#skipped = false;
    this.#hasShown = true;
    return rows;
  }
}

/** A match and its neighbours in the stream, in time order. */
export interface ContextWindow {
  /** The lines before it, it, and the lines after it. */
  lines: readonly LogEntry[];
  /** The line after the last of `lines`, or null at the end of the stream. */
  next: LogEntry | null;
}

/** Joins windows in time order: each line once, and a gap where two windows don't touch. */
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
