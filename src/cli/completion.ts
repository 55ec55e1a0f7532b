import { type Command, commands, findCommand, globalFlags, mostNames } from "./commands.ts";
import { findFlag, type Flag } from "./flags.ts";

/** A word that may stand at the cursor, and what a shell may show beside it. */
export interface Choice {
  word: string;
  summary: string;
}

/** What may stand at the cursor: one of these words, or a path that the shell knows. */
export interface Completion {
  kind: "words" | "files" | "directories";
  choices: Choice[];
}

/** The tasks of the config that a line names with --config, or of the one that is found. */
export type TasksOf = (config: string | undefined) => Choice[];

/** What is known of the words before the cursor. */
interface Line {
  words: string[];
  given: Map<string, string>;
  /** The flag whose value stands at the cursor. */
  awaited: Flag | null;
  /** `--` was there: what follows is no flag. */
  hasEnded: boolean;
}

const nothing: Completion = { kind: "words", choices: [] };
const help: Choice = { word: "help", summary: "Show the help of a command" };

/** What may stand in the place of `current`, after these words: from the table of commands, whatever is wrong with them. */
export function complete(before: readonly string[], current: string, tasksOf: TasksOf): Completion {
  const name = readLine(before, flagsOf(undefined)).words[0];
  const command = findCommand(name ?? "");
  const known = flagsOf(name === undefined ? null : command);
  const line = readLine(before, known);
  const tasks = () => tasksOf(line.given.get("config"));
  if (line.awaited) return completeValue(line.awaited.value, tasks);
  if (current.startsWith("-") && !line.hasEnded) return completeFlag(current, known, line, tasks);
  if (name === undefined) return words([...commands.flatMap(namesOf), help]);
  if (name === "help" && line.words.length === 1) return words(commands.flatMap(namesOf));
  return command ? completeOperand(command, line.words.slice(1), tasks) : nothing;
}

const words = (choices: Choice[]): Completion => ({ kind: "words", choices });

/** Flags of a command; before one is named (null) the global ones, of an unknown one (undefined) all. */
const flagsOf = (command: Command | null | undefined): Flag[] => [
  ...globalFlags,
  ...(command === undefined ? commands.flatMap(({ flags }) => flags) : (command?.flags ?? [])),
];

function readLine(before: readonly string[], known: readonly Flag[]): Line {
  const line: Line = { words: [], given: new Map(), awaited: null, hasEnded: false };
  const queue = [...before];
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    if (line.hasEnded || !word.startsWith("-") || word === "-") line.words.push(word);
    else if (word === "--") line.hasEnded = true;
    else takeFlag(word, queue, known, line);
  }
  return line;
}

function takeFlag(word: string, queue: string[], known: readonly Flag[], line: Line): void {
  const { flag, attached } = findFlag(word, queue, known);
  if (flag === undefined) return;
  const value = flag.kind === "boolean" ? "" : (attached ?? queue.shift());
  if (value === undefined) line.awaited = flag;
  else line.given.set(flag.name, value);
}

const namesOf = ({ name, aliases = [], summary }: Command): Choice[] =>
  [name, ...aliases].map((word) => ({ word, summary }));

/** A flag that was given is not offered again, unless it counts each time. */
function completeFlag(
  current: string,
  known: readonly Flag[],
  { given }: Line,
  tasks: () => Choice[],
): Completion {
  if (current.includes("=")) return completeValue(findFlag(current, [], known).flag?.value, tasks);
  const open = known.filter(({ name, kind }) => kind === "list" || !given.has(name));
  const isShort = current.length <= 2 && current !== "--";
  const shorts = open.filter(({ short }) => isShort && short !== undefined);
  return words([
    ...open.map(({ name, summary }) => ({ word: `--${name}`, summary })),
    ...shorts.map(({ short, summary }) => ({ word: `-${short}`, summary })),
  ]);
}

function completeOperand(
  { arity, operand = "TASK", choices }: Command,
  names: string[],
  tasks: () => Choice[],
): Completion {
  if (names.length >= mostNames[arity]) return nothing;
  if (choices) return words(choices().map((word) => ({ word, summary: "" })));
  const left = () => tasks().filter(({ word }) => !names.includes(word));
  return completeValue(operand, left);
}

/** How the help calls a value tells what it may be: `TASK`, `PATH`, `DIR`, or its choices as `a|b`. */
function completeValue(called: string | undefined, tasks: () => Choice[]): Completion {
  if (called === "TASK") return words(tasks());
  if (called === "PATH") return { kind: "files", choices: [] };
  if (called === "DIR") return { kind: "directories", choices: [] };
  if (!called?.includes("|")) return nothing;
  return words(called.split("|").map((word) => ({ word, summary: "" })));
}
