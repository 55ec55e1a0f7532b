import { refusedBySystem } from "../../domain/system-error.ts";
import type { Unwritten } from "../../domain/unrecorded.ts";
import type { Context } from "../context.ts";
import type { TaskMemory } from "../../adapters/state/records.ts";

/** {@link tryToRecord}, for the memory of a task. */
export const tryToRemember = (
  ctx: Context,
  kind: "stop" | "refusal" | "act",
  task: string,
  change: Partial<TaskMemory>,
): void => tryToRecord(ctx, { kind, task }, () => ctx.state.task(task).remember(change));

/** Clears the act on a task. If that fails, the act ends with this process. */
export const endAct = (ctx: Context, task: string): void =>
  tryToRecord(ctx, { kind: "act", task }, () => ctx.state.task(task).endAct());

/** Records something optional: if the system refuses, adds a warning instead. */
export function tryToRecord(ctx: Context, what: Unwritten, record: () => void): void {
  try {
    record();
  } catch (error) {
    const failure = refusedBySystem(error);
    if (failure === null) throw error;
    ctx.unrecorded.add(what, failure);
  }
}
