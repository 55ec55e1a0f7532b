/** The content of a live view, from top to bottom, one row per line. */
export interface LiveParts {
  /** The session's line, and the heading of the tasks. */
  head: string[];
  tasks: string[];
  /** Oldest first. */
  events: string[];
  foot: string[];
}

/**
 * Selects the lines that fit into `rows`, since more would scroll the head away: drops the oldest events first, then tasks,
 * and adds a line with their number. The task `selected` (an index) is among those that stay.
 */
export function fitRows(
  { head, tasks, events, foot }: LiveParts,
  rows: number,
  selected = 0,
): string[] {
  const left = Math.max(0, rows - head.length - foot.length);
  const shown = tasks.length <= left ? tasks : withoutRest(tasks, left, selected);
  // A blank line precedes the events.
  const room = Math.max(0, left - shown.length - 1);
  const newest = events.slice(Math.max(0, events.length - room));
  const blank = left > shown.length ? [""] : [];
  return [...head, ...shown, ...blank, ...newest, ...foot];
}

/** The number of rows that lines take on a terminal of this width, which wraps them. */
export const rowsOf = (lines: readonly string[], width: number): number =>
  lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(Bun.stringWidth(line) / width)), 0);

function withoutRest(tasks: string[], rows: number, selected: number): string[] {
  if (rows === 0) return [];
  const first = Math.max(0, selected - (rows - 2));
  const shown = tasks.slice(first, first + rows - 1);
  return [...shown, `... and ${tasks.length - shown.length} more`];
}
