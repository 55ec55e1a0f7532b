import { type Failure, isFailure } from "../../domain/failure.ts";
import { chained } from "./arguments.ts";
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

/**
 * Types the text that the call reads from stdin into a pane, then keys. As a paste the text reaches the program unchanged:
 * tmux takes nothing in it for a key, a format or a flag, and copy mode doesn't see it. A line break is an Enter.
 * Before tmux 3.2 a pane in copy mode stands still, so that mode is left first.
 */
export const typeIn = (pane: string, buffer: string, hasText: boolean, keys: readonly string[]) => [
  ...(hasText
    ? [
        leaveMode(pane, STANDS_STILL),
        ["load-buffer", "-b", buffer, "-"],
        ["paste-buffer", "-d", "-b", buffer, "-t", pane],
      ]
    : []),
  ...(keys.length > 0 ? pressKeys(pane, keys) : []),
];

/** A format: tmux is 3.0 or 3.1, which neither read nor write the terminal of a pane in copy mode. */
const STANDS_STILL =
  "#{&&:#{==:#{pane_mode},copy-mode},#{||:#{m:3.[01],#{version}},#{m:3.[01][a-z],#{version}}}}";

const leaveMode = (pane: string, when: string): string[] => [
  "if-shell",
  "-F",
  "-t",
  pane,
  when,
  `send-keys -t ${pane} -X cancel`,
];

/** In copy mode the keys would be its own. */
const pressKeys = (pane: string, keys: readonly string[]): string[][] => [
  leaveMode(pane, "#{pane_in_mode}"),
  // A `;` at the end of an argument would end the command.
  ["send-keys", "-t", pane, "--", ...keys.map((key) => key.replace(/;$/, "\\;"))],
];
