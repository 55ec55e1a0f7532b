import type { Waited, WaitResult } from "../../domain/results/wait.ts";
import { printableLine } from "../../domain/values/printable.ts";
import { errorLines, STATE_COLOURS } from "./results.ts";
import { type Cell, table, type View } from "./style.ts";

/** Each task with its state, and what ended launches printed; the reason of a failure is printed on stderr. */
export function renderWait({ results }: WaitResult, view: View): string[] {
  const errors = results.flatMap((one) => errorLines(one.errors ?? []));
  return [...table(results.map(rowOf), view), ...errors];
}

const rowOf = ({ holds, task, state, reason }: Waited): Cell[] => [
  { text: holds ? "ok" : "--", colour: holds ? "green" : "red" },
  { text: task },
  { text: state, colour: STATE_COLOURS[state] },
  { text: printableLine(reason), colour: holds ? null : "dim" },
];
