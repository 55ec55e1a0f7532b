import { tasksNamedIn } from "../adapters/task-names.ts";
import { complete, type Completion } from "./completion.ts";
import { write } from "./output.ts";
import { splitLine } from "./shell-words.ts";

/**
 * `taskmux __complete SHELL WORDS...`, which the scripts of `taskmux completions` ask when Tab is pressed: the last word is
 * the one at the cursor. From bash the words are one line, up to the cursor: it parts words where no one else does.
 * Prints what kind of thing may stand there, then each word with what to show beside it. Returns the exit status; it
 * never says what is wrong, for that would be written into the line that a person is typing.
 */
export function runComplete([shell, ...words]: readonly string[]): number {
  try {
    write(1, answerTo(shell === "bash" ? split(words[0] ?? "") : parted(words)));
    return 0;
  } catch {
    return 1;
  }
}

/** The other shells choose themselves: they may be told to ignore case, or to look for parts of words. */
const parted = (words: string[]): Completion =>
  complete(words.slice(0, -1), words.at(-1) ?? "", tasksOf);

function split(line: string): Completion {
  const { before, current } = splitLine(line);
  if (isRedirection(current) || isRedirection(before.at(-1) ?? "")) return files;
  const found = complete(before.slice(1), current, tasksOf);
  const typed = current.startsWith("--") ? current.replace(/^[^=]*=/, "") : current;
  return { ...found, choices: found.choices.filter(({ word }) => word.startsWith(typed)) };
}

/** bash asks us even for the file that output goes to: `> fi`, `2>fi`. */
const isRedirection = (word: string): boolean => /^\d*&?[<>]/.test(word);

const files: Completion = { kind: "files", choices: [] };

const tasksOf = (config: string | undefined) =>
  tasksNamedIn(process.cwd(), config ?? (process.env["TASKMUX_CONFIG"] || null)).map(
    ({ name, command }) => ({ word: name, summary: command }),
  );

function answerTo({ kind, choices }: Completion): string {
  const lines = choices.map(({ word, summary }) => `${word}\t${shown(summary)}`);
  return [kind, ...lines].map((line) => `${line}\n`).join("");
}

/** One short line: a command of a config may be any text. */
function shown(summary: string): string {
  const line = summary.replace(/[\s\p{Cc}]+/gu, " ").trim();
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}
