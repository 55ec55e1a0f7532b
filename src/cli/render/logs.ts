import { hasStamp, STAMP_LENGTH } from "../../domain/logs/line.ts";
import { localStamps, localTime } from "../../domain/values/local-time.ts";
import type { LogRow } from "../../domain/logs/context.ts";
import { printable, printableWithColour } from "../../domain/values/printable.ts";
import { paint } from "./style.ts";

/** How lines of logs are shown. */
export interface LogStyle {
  /** Colour codes may be printed. */
  colour: boolean;
  /** Without times. */
  raw: boolean;
  /** Only the time of day, to the second, and a line where the day changes. */
  clock: boolean;
  /** The shown tasks, in the config's order, each with a label and a colour; null: one task, no label. */
  tasks: readonly string[] | null;
}

/** Foreground colours that are readable on light and dark backgrounds. Red is reserved for errors. */
const TASK_COLOURS = [36, 33, 32, 35, 34, 96, 93, 92, 95, 94];
const RESET = "\x1b[0m";

/** Rows as lines without line feeds, in local time; `--` marks left-out lines. Never wrapped. */
export type LogRenderer = (rows: Iterable<LogRow>) => Generator<string, void>;

/** A renderer of a stream, which may come in several parts. `now`: epoch ms; lines of today need no date before them. */
export function logRenderer(style: LogStyle, now: number): LogRenderer {
  const local = localStamps();
  let day = style.clock && !style.raw ? dayOf(localTime(now)) : "";
  return function* (rows) {
    for (const row of rows) {
      if (row.gap) yield "--";
      // The first local time of a process takes 5 ms: JavaScriptCore reads its tables of zones.
      const stamp = style.raw ? "" : local(row.stamp);
      if (style.clock && hasStamp(stamp.slice(0, STAMP_LENGTH)) && dayOf(stamp) !== day) {
        day = dayOf(stamp);
        yield paint(`-- ${day} --`, "dim", style);
      }
      yield renderRow({ ...row, stamp }, style);
    }
  };
}

/** The bytes of a row as text, with its line feeds, but without the line of a new day. */
export function sizeOfRow(row: LogRow, style: LogStyle): number {
  const stamp = style.raw ? "" : localStamps()(row.stamp);
  return Buffer.byteLength(renderRow({ ...row, stamp }, style)) + (row.gap ? 4 : 1);
}

const dayOf = (stamp: string): string => stamp.slice(0, 10);

/** The time of day of a local stamp: `14:00:05`, with the offset where an hour comes twice. */
const clockOf = (stamp: string): string => stamp.slice(11, 19) + stamp.slice(STAMP_LENGTH);

function renderRow(row: LogRow, style: LogStyle): string {
  const text = style.colour ? closed(printableWithColour(row.text)) : printable(row.text);
  return `${label(row.task, style)}${timeOf(row.stamp, style)}${text}`;
}

function timeOf(stamp: string, { raw, clock, colour }: LogStyle): string {
  if (raw) return "";
  if (!clock || !hasStamp(stamp.slice(0, STAMP_LENGTH))) return `${stamp} `;
  return `${paint(clockOf(stamp), "dim", { colour })} `;
}

/** Resets a colour that a line leaves on, which would affect the labels and other lines. */
function closed(text: string): string {
  const last = text.lastIndexOf("\x1b[");
  return last < 0 || /^\x1b\[0*m/.test(text.slice(last)) ? text : `${text}${RESET}`;
}

function label(task: string, { tasks, colour }: LogStyle): string {
  if (tasks === null) return "";
  if (!colour) return `[${printable(task)}] `;
  const code = TASK_COLOURS[Math.max(0, tasks.indexOf(task)) % TASK_COLOURS.length];
  return `\x1b[${code}m[${printable(task)}]${RESET} `;
}
