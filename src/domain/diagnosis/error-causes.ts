import { printableLine } from "../values/printable.ts";
import type { TaskState, Want } from "../tasks/lifecycle.ts";
import type { ErrorGroup } from "./digest/groups.ts";

/** What decides whether an error of a run explains the task's state. */
export interface CauseFacts {
  state: TaskState;
  want: Want;
  healthy: boolean;
  /** When the task became healthy in this run, the last time; ISO 8601. Null: never. */
  recoveredAt: string | null;
}

/** Whether an error of a task's run may be why it isn't healthy: one from before it was healthy can't be. */
export function isCause({ last_at }: ErrorGroup, facts: CauseFacts): boolean {
  const { state, want, healthy, recoveredAt } = facts;
  const isFailing = want === "up" && !healthy && state !== "stopping";
  return isFailing && (recoveredAt === null || last_at >= recoveredAt);
}

/** Of a message in one line; the whole one is in JSON. */
const MOST_TEXT = 160;

/** `RangeError: bad rate (api/discount.js:2 discount), 3 times`. */
export function errorText({ text, frames, count }: ErrorGroup): string {
  const places = frames.length === 0 ? "" : ` (${frames.join(", ")})`;
  const message =
    text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT - 1).toWellFormed()}…` : text;
  return printableLine(`${message}${places}${count === 1 ? "" : `, ${count} times`}`);
}
