import { isCaret, isGutter } from "./echo.ts";
import { frameIn } from "./frames.ts";

/** `TypeError`, `json.decoder.JSONDecodeError`, `NullPointerException`. */
const ERROR_NAME = /(?:^|[\s("'[<*])[A-Za-z_][\w.:$]*(?:Error|Exception)\b|^(?:Error|Exception)\b/;

/** One with its message, and not the name alone. */
const NAMED_MESSAGE = /(?:Error|Exception)\b[^:"]{0,60}: \S/;

/** `12:21:14 AM `, `[2026-11-27 00:18:30,563] `: the time at which a logger wrote a line. */
const TIMES =
  /^\[?(?:\d{4}[-/]\d\d[-/]\d\d[T ])?\d{1,2}:\d\d:\d\d(?:[.,]\d+)?(?:Z| ?[AP]M|[+-]\d\d:?\d\d)?\]?:?\s+/;

/** Marks of tools that aren't part of a message. */
const MARKS = /^(?:[⨯✗✖×✘●•]|\(!\)|E {2,})\s*/;

/** A line that says little without the next one. */
const INCOMPLETE = /:$|^ERROR in \S|^--- FAIL: |^● /;

/** The box of Rolldown, oxc and SWC, below its message. */
const BOX = /^\s*[╭,][─-]+\[/;

/**
 * The message of an error: the line above its box; else the first line with the name of an error; else what comes after the
 * source; else its first line. `echo`: which lines only show source.
 */
export function messageOf(
  lines: readonly string[],
  echo: readonly boolean[],
  hasPreamble: boolean,
): string {
  const box = lines.findIndex((line) => BOX.test(line));
  const isText = (line: string, index: number): boolean =>
    line.trim() !== "" && !echo[index] && frameIn(line, "") === null;
  const texts = lines.map((line, index) => (isText(line, index) ? line : ""));
  const above = box < 0 ? undefined : texts.slice(0, box).findLast((line) => line !== "");
  if (above !== undefined) return cleaned(above);
  const names = texts.filter((line) => ERROR_NAME.test(line));
  const named = names.find((line) => NAMED_MESSAGE.test(line)) ?? names[0];
  if (named !== undefined) return cleaned(named);
  if (hasPreamble) return cleaned(afterEcho(lines, texts));
  return headText(lines, texts);
}

/** The first text after the caret. */
function afterEcho(lines: readonly string[], texts: readonly string[]): string {
  const caret = lines.findIndex(isCaret);
  return texts.slice(caret + 1).find((line) => line !== "") ?? lines[0] ?? "";
}

function headText(lines: readonly string[], texts: readonly string[]): string {
  const [first = ""] = lines;
  const head = isGutter(lines[1] ?? "") ? first.replace(/: \d+ \| .*$/, ":") : first;
  const next = texts.slice(1).find((line) => line !== "");
  const isComplete = next === undefined || !INCOMPLETE.test(head.trimStart());
  return isComplete ? cleaned(head) : `${cleaned(head).replace(/:$/, "")}: ${cleaned(next)}`;
}

/** A line without its indentation, its time and its marks, each run of blanks as one. */
export const cleaned = (line: string): string =>
  line.trim().replace(TIMES, "").replace(MARKS, "").replace(/\s+/g, " ");
