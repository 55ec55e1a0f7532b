import type { LogRow } from "../domain/log-context.ts";
import { withoutColour } from "../domain/log-line.ts";

/** How lines of logs are shown. */
export interface LogStyle {
  /** Colour codes may be printed. */
  colour: boolean;
  raw: boolean;
  /** The tasks that are shown, in the config's order, for a label and a colour each; null: one, and no label. */
  tasks: readonly string[] | null;
}

/** Foreground colours that are legible on light and dark grounds. Red is for errors. */
const taskColours = [36, 33, 32, 35, 34, 96, 93, 92, 95, 94];
const reset = "\x1b[0m";

/** Rows as lines without line feeds; `--` stands where lines were left out. Never wrapped. */
export function* renderLogs(rows: Iterable<LogRow>, style: LogStyle): Generator<string, void> {
  for (const row of rows) {
    if (row.gap) yield "--";
    yield renderRow(row, style);
  }
}

function renderRow(row: LogRow, style: LogStyle): string {
  const text = style.colour ? closed(row.text) : withoutColour(row.text);
  const stamp = style.raw ? "" : `${row.stamp} `;
  return `${label(row.task, style)}${stamp}${text}`;
}

/** A colour that a line leaves on would stain our own labels and the next task's lines. */
function closed(text: string): string {
  const last = text.lastIndexOf("\x1b[");
  return last < 0 || /^\x1b\[0*m/.test(text.slice(last)) ? text : `${text}${reset}`;
}

function label(task: string, { tasks, colour }: LogStyle): string {
  if (tasks === null) return "";
  if (!colour) return `[${task}] `;
  const code = taskColours[Math.max(0, tasks.indexOf(task)) % taskColours.length];
  return `\x1b[${code}m[${task}]${reset} `;
}
