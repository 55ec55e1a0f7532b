/** A line of a log; `ts` as in the file, UTC without a zone. */
export interface LogLine {
  ts: string;
  text: string;
  /** Whose it is, in a log of several tasks. */
  task?: string;
}

const STAMP = 23;

/** A line as in the reply to `logs`. */
export const lineOf = (line: string): LogLine => ({
  ts: line.slice(0, STAMP),
  text: line.slice(STAMP + 1),
});

/** A line as in the reply to `logs` of several tasks. */
export const sharedLineOf = ({ ts, text, styled = text, task }: SharedLine): LogLine => ({
  ts: ts.slice(0, STAMP),
  text: styled,
  task,
});

/** A line of one of several tasks; `styled` with its colours, if it has any. */
export interface SharedLine {
  task: string;
  ts: string;
  text: string;
  styled?: string;
}

/**
 * Joins the past lines of a log with the pushed ones. The page subscribes first and then asks, so that no line is missed; a
 * line that arrives both ways is shown once.
 */
export class LogJoin {
  /** Lines pushed before the reply; null after the reply. */
  #early: LogLine[] | null = [];
  /** How often each line of the reply may still be pushed. */
  readonly #known = new Map<string, number>();
  #newest = "";

  /** A pushed line; returns the lines to show now. */
  live({ ts, ...rest }: LogLine): LogLine[] {
    const line = { ts: ts.slice(0, STAMP), ...rest };
    if (this.#early === null) return this.#isNew(line) ? [line] : [];
    this.#early.push(line);
    return [];
  }

  /** The reply; returns the lines to show now. */
  answered(lines: LogLine[]): LogLine[] {
    for (const line of lines) this.#known.set(keyOf(line), (this.#known.get(keyOf(line)) ?? 0) + 1);
    this.#newest = lines.at(-1)?.ts ?? "";
    const early = this.#early ?? [];
    this.#early = null;
    return [...lines, ...early.filter((line) => this.#isNew(line))];
  }

  #isNew(line: LogLine): boolean {
    if (line.ts > this.#newest) return true;
    const left = this.#known.get(keyOf(line)) ?? 0;
    if (left > 0) this.#known.set(keyOf(line), left - 1);
    return left === 0;
  }
}

const keyOf = ({ ts, text, task = "" }: LogLine): string => `${ts} ${task} ${text}`;
