import { type Failure, isFailure } from "../../domain/failure.ts";
import { chained, typeIn } from "./arguments.ts";
import type { TmuxAnswer } from "./call.ts";

/** Runs tmux once, with this on its stdin. */
type Run = (words: string[], input?: string) => Promise<TmuxAnswer | Failure>;

/** Types a text into a pane, unless it is empty, then presses keys. Returns tmux's answer; not `ok`: the pane is gone. */
export async function typeInto(
  run: Run,
  paneId: string,
  text: string,
  keys: readonly string[],
): Promise<TmuxAnswer | Failure> {
  const buffer = `taskmux-${process.pid}`;
  const hasText = text !== "";
  const words = chained(typeIn(paneId, buffer, hasText, keys));
  const answer = await run(words, hasText ? text : undefined);
  if (isFailure(answer) || answer.ok || !hasText) return answer;
  // The text may be a password.
  const deleted = await run(["delete-buffer", "-b", buffer]);
  return isFailure(deleted) ? deleted : answer;
}
