import type { LogRow } from "./context.ts";
import { withoutColour } from "./line.ts";

/** Limits of an answer, bytes; null: none. */
export interface ByteLimits {
  /** Of all lines as they are printed. */
  total: number | null;
  /** Of the text of one line. */
  line: number | null;
}

/** The newest rows that fit. */
export interface LimitedRows {
  rows: LogRow[];
  /** Rows before these that did not fit. */
  leftOut: number;
  /** Rows whose text was cut. */
  cut: number;
}

/** What ends a text that was cut. */
const MARK = "…";

/** Cuts long texts, and leaves out the oldest rows that don't fit. `sizeOf`: the bytes of a row as it is printed. */
export function limitRows(
  rows: readonly LogRow[],
  limits: ByteLimits,
  sizeOf: (row: LogRow) => number,
): LimitedRows {
  const kept: LogRow[] = [];
  let left = limits.total ?? Number.POSITIVE_INFINITY;
  let cut = 0;
  for (const row of rows.toReversed()) {
    let shown = limits.line === null ? row : cutRow(row, limits.line);
    // One line is always shown, in part at least.
    if (kept.length === 0 && sizeOf(shown) > left) {
      const others = sizeOf({ ...shown, text: "" }) + Buffer.byteLength(MARK);
      shown = cutRow(shown, Math.max(0, left - others));
    }
    const size = sizeOf(shown);
    if (size > left) break;
    left -= size;
    if (shown !== row) cut++;
    kept.push(shown);
  }
  return { rows: kept.toReversed(), leftOut: rows.length - kept.length, cut };
}

/** The row with a text of at most `most` bytes and the mark of a cut; the same row if its text is no longer. */
function cutRow(row: LogRow, most: number): LogRow {
  if (Buffer.byteLength(row.text) <= most) return row;
  const plain = withoutColour(row.text);
  if (Buffer.byteLength(plain) <= most) return { ...row, text: plain };
  return { ...row, text: `${startOf(plain, most)}${MARK}` };
}

/** As many whole characters as take at most `most` bytes. */
function startOf(text: string, most: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(most));
  return text.slice(0, read);
}
