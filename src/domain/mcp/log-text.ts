import type { LogRow } from "../logs/context.ts";
import { withoutColour } from "../logs/line.ts";
import { printable } from "../values/printable.ts";
import { MOST_RESULT, shortened } from "./size.ts";

/** Maximum length of a line's text, in characters. */
const MOST_LINE = 2000;

/** Room for the other keys of the result. */
const OTHER_KEYS = 1500;

/** Lines as one text, and how many older ones did not fit. */
export interface ShownLines {
  text: string;
  left_out: number;
  /** Number of lines that were cut. */
  cut: number;
}

/**
 * The newest rows that fit, as `14:00:00 text`, or `api 14:00:00 text` for several tasks. `taken`: characters that the
 * result's other keys need.
 */
export function logText(rows: readonly LogRow[], isLabelled: boolean, taken: number): ShownLines {
  const shown: string[] = [];
  let left = MOST_RESULT - OTHER_KEYS - taken;
  let cut = 0;
  for (const row of rows.toReversed()) {
    const text = printable(withoutColour(row.text));
    const line = `${isLabelled ? `${row.task} ` : ""}${row.stamp.slice(11, 19)} ${shortened(text, MOST_LINE)}`;
    // As in the JSON of the result, where a quote takes two characters.
    left -= JSON.stringify(line).length;
    if (left < 0) break;
    if (text.length > MOST_LINE) cut++;
    shown.push(line);
  }
  const text = shown.toReversed().join("\n");
  return { text, left_out: rows.length - shown.length, cut };
}
