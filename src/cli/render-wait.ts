import type { Waited, WaitResult } from "../domain/results-wait.ts";
import { oneLine } from "../domain/health-note.ts";
import { STATE_COLOURS } from "./render.ts";
import { type Cell, table, type View } from "./style.ts";

/** Each task with what is true of it; why it failed as a whole is told on stderr. */
export function renderWait({ results }: WaitResult, view: View): string[] {
  return table(results.map(rowOf), view);
}

const rowOf = ({ holds, task, state, reason }: Waited): Cell[] => [
  { text: holds ? "ok" : "--", colour: holds ? "green" : "red" },
  { text: task },
  { text: state, colour: STATE_COLOURS[state] },
  { text: oneLine(reason), colour: holds ? null : "dim" },
];
