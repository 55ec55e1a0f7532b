/** A line of a log; `ts` as in the file, UTC without a zone. */
export interface Line {
  ts: string;
  text: string;
}

const STAMP = 23;

/** A line as the reply to `logs` has it. */
export const lineOf = (line: string): Line => ({
  ts: line.slice(0, STAMP),
  text: line.slice(STAMP + 1),
});

/**
 * Joins what a log held with what comes after it. A page subscribes first and asks then, so that no line is missed; a line
 * may come both ways, before the answer or after it, and is let through once.
 */
export class LogJoin {
  /** What came before the answer; null: it is there. */
  private early: Line[] | null = [];
  /** How often each line of the answer may yet come a second time. */
  private readonly known = new Map<string, number>();
  private newest = "";

  /** A line that came unasked: what of it is new now. */
  live({ ts, text }: Line): Line[] {
    const line = { ts: ts.slice(0, STAMP), text };
    if (this.early === null) return this.isNew(line) ? [line] : [];
    this.early.push(line);
    return [];
  }

  /** The answer: all that is to be shown now. */
  answered(lines: Line[]): Line[] {
    for (const line of lines) this.known.set(keyOf(line), (this.known.get(keyOf(line)) ?? 0) + 1);
    this.newest = lines.at(-1)?.ts ?? "";
    const early = this.early ?? [];
    this.early = null;
    return [...lines, ...early.filter((line) => this.isNew(line))];
  }

  private isNew(line: Line): boolean {
    if (line.ts > this.newest) return true;
    const left = this.known.get(keyOf(line)) ?? 0;
    if (left > 0) this.known.set(keyOf(line), left - 1);
    return left === 0;
  }
}

const keyOf = ({ ts, text }: Line): string => `${ts} ${text}`;
