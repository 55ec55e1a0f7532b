/** How long an unfinished line must stand unchanged before it counts as a prompt, ms. */
export const PROMPT_AFTER = 1000;
/** The same for a line that is redrawn again and again: a progress bar may pause for a while. */
export const PROGRESS_AFTER = 10_000;
/** A line that was redrawn this often is a progress bar. An editor of the typed answer redraws too, but less. */
const REDRAWS_OF_PROGRESS = 3;
/** A longer line is no prompt, bytes. */
export const LONGEST_PROMPT = 4096;
/** How much of a prompt is shown, characters. */
const MOST_SHOWN = 300;

/** A line that a task shows and has not ended. */
export interface OpenLine {
  text: string;
  /** Since when it has this text, monotonic ms. */
  since: number;
  /** How often its text was replaced, and not only continued. */
  redraws: number;
}

/** The line after more output; `text` is null if there is none now. */
export function openLine(
  before: OpenLine | null,
  text: string | null,
  now: number,
): OpenLine | null {
  if (text === null) return null;
  if (before === null) return { text, since: now, redraws: 0 };
  if (before.text === text) return before;
  const isContinued = text.startsWith(before.text);
  return { text, since: now, redraws: before.redraws + (isContinued ? 0 : 1) };
}

/** When it counts as a prompt if its text doesn't change, monotonic ms. */
export const promptAt = ({ since, redraws }: OpenLine): number =>
  since + (redraws < REDRAWS_OF_PROGRESS ? PROMPT_AFTER : PROGRESS_AFTER);

/** What is shown of a prompt: of a long one its end, where the question is. */
export function shownPrompt(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= MOST_SHOWN ? line : `…${line.slice(-MOST_SHOWN).toWellFormed()}`;
}
