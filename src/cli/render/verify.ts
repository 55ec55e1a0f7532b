import type { VerifiedTask, VerifyResult } from "../../domain/results/verify.ts";
import { printableLine } from "../../domain/values/printable.ts";
import { errorLines, STATE_COLOURS } from "./results.ts";
import { type Cell, table, type View } from "./style.ts";

/** Each task with its verdict, then the new errors; the reason of a failure is printed on stderr. */
export function renderVerify({ tasks }: VerifyResult, view: View): string[] {
  const errors = tasks.flatMap((one) => errorLines(one.new_errors));
  return [...table(tasks.map(rowOf), view), ...errors];
}

const rowOf = ({ verdict, task, state, reason, url }: VerifiedTask): Cell[] => {
  const isOk = verdict === "ok";
  return [
    { text: verdict ?? "--", colour: isOk ? "green" : "red" },
    { text: task },
    { text: state, colour: STATE_COLOURS[state] },
    { text: printableLine(isOk ? (url ?? reason) : reason), colour: isOk ? null : "dim" },
  ];
};
