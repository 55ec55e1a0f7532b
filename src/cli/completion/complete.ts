import { tasksNamedIn } from "../../adapters/config/task-names.ts";
import { printableLine } from "../../domain/values/printable.ts";
import { complete, type Completion } from "./completion.ts";
import { write } from "../output.ts";
import { splitLine } from "./shell-words.ts";

/**
 * `taskmux __complete SHELL WORDS...`, called by the scripts of `taskmux completions` on Tab: the last word is the one at
 * the cursor. bash passes the line up to the cursor as one word, because it splits words in its own way. Prints the kind of
 * the completion, then each candidate with its description. Returns the exit status; never prints an error, which would
 * appear in the line that the user is typing.
 */
export function runComplete([shell, ...words]: readonly string[]): number {
  try {
    write(1, answerTo(shell === "bash" ? split(words[0] ?? "") : parted(words)));
    return 0;
  } catch {
    return 1;
  }
}

/** Other shells filter candidates themselves: they may ignore case, or match parts of words. */
const parted = (words: string[]): Completion =>
  complete(words.slice(0, -1), words.at(-1) ?? "", tasksOf);

function split(line: string): Completion {
  const { before, current } = splitLine(line);
  if (isRedirection(current) || isRedirection(before.at(-1) ?? "")) return FILES;
  const found = complete(before.slice(1), current, tasksOf);
  const typed = current.startsWith("--") ? current.replace(/^[^=]*=/, "") : current;
  return { ...found, choices: found.choices.filter(({ word }) => word.startsWith(typed)) };
}

/** bash also asks for the file of a redirection: `> fi`, `2>fi`. */
const isRedirection = (word: string): boolean => /^\d*&?[<>]/.test(word);

const FILES: Completion = { kind: "files", choices: [] };

const tasksOf = (config: string | undefined) =>
  tasksNamedIn(process.cwd(), config ?? (process.env["TASKMUX_CONFIG"] || null)).map(
    ({ name, command, profiles }) => ({ word: name, summary: command, profiles }),
  );

function answerTo({ kind, choices }: Completion): string {
  const lines = choices.map(({ word, summary }) => `${word}\t${shown(summary)}`);
  return [kind, ...lines].map((line) => `${line}\n`).join("");
}

/** One short line: a command in a config may be any text. */
function shown(summary: string): string {
  const line = printableLine(summary);
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}
