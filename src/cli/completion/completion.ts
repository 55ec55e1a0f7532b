import type { Flag, Operand } from "../arguments.ts";
import type { Command } from "../command.ts";
import { allCommands, findCommand, globalArgs } from "../command-table.ts";
import { everyFlag, findFlag, type Flags, flagsOf } from "../flags.ts";
import { operandsOf } from "../operands.ts";

/** A candidate at the cursor, and its description. */
export interface Choice {
  word: string;
  summary: string;
}

/** The candidates at the cursor: these words, or paths that the shell completes. */
export interface Completion {
  kind: "words" | "files" | "directories";
  choices: Choice[];
}

/** The tasks of the config named with --config, or of the one found. */
export type TasksOf = (config: string | undefined) => TaskChoice[];

/** A task that may be meant. */
export interface TaskChoice extends Choice {
  profiles: readonly string[];
}

/** The parsed words before the cursor. */
interface Line {
  words: string[];
  given: Map<string, string>;
  /** The flag whose value is at the cursor. */
  awaited: Flag | null;
  /** After `--`: no more flags. */
  hasEnded: boolean;
}

const NOTHING: Completion = { kind: "words", choices: [] };
const FILES: Completion = { kind: "files", choices: [] };
const DASHES: Choice = { word: "--", summary: "the command follows" };
const HELP: Choice = { word: "help", summary: "Show the help of a command" };

/** The candidates for `current` after these words, from the command table; invalid words don't matter. */
export function complete(before: readonly string[], current: string, tasksOf: TasksOf): Completion {
  const name = readLine(before, knownFlags(undefined)).words[0];
  const command = findCommand(name ?? "");
  const known = knownFlags(name === undefined ? null : command);
  const line = readLine(before, known);
  const tasks = () => tasksOf(line.given.get("config"));
  if (line.awaited) return completeFlagValue(line.awaited, tasks);
  if (current.startsWith("-") && !line.hasEnded) return completeFlag(current, known, line, tasks);
  if (name === undefined) return words([...allCommands().flatMap(namesOf), HELP]);
  if (name === "help" && line.words.length === 1) return words(allCommands().flatMap(namesOf));
  return command ? completeOperand(command, line, tasks) : NOTHING;
}

const words = (choices: Choice[]): Completion => ({ kind: "words", choices });

/** Flags of a command; without a command (null) the global ones, for an unknown one (undefined) all. */
const knownFlags = (command: Command | null | undefined): Flags =>
  command === undefined
    ? everyFlag([globalArgs, ...allCommands().map(({ args }) => args)])
    : flagsOf({ ...globalArgs, ...command?.args });

function readLine(before: readonly string[], known: Flags): Line {
  const line: Line = { words: [], given: new Map(), awaited: null, hasEnded: false };
  const queue = [...before];
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    if (line.hasEnded || !word.startsWith("-") || word === "-") line.words.push(word);
    else if (word === "--") line.hasEnded = true;
    else takeFlag(word, queue, known, line);
  }
  return line;
}

function takeFlag(word: string, queue: string[], known: Flags, line: Line): void {
  const { found, attached } = findFlag(word, queue, known);
  if (found === undefined) return;
  const { name, flag } = found;
  const value = flag.type === "boolean" ? "" : (attached ?? queue.shift());
  if (value === undefined) line.awaited = flag;
  else line.given.set(name, value);
}

const namesOf = ({ meta: { name, alias = [], description } }: Command): Choice[] =>
  [name, ...alias].map((word) => ({ word, summary: description }));

/** Offers a flag that was given only if it is repeatable. */
function completeFlag(
  current: string,
  known: Flags,
  { given }: Line,
  tasks: () => TaskChoice[],
): Completion {
  if (current.includes("="))
    return completeFlagValue(findFlag(current, [], known).found?.flag, tasks);
  const open = [...known].filter(([name, flag]) => gathers(flag) || !given.has(name));
  const isShort = current.length <= 2 && current !== "--";
  const shorts = open.filter(([, { alias }]) => isShort && alias !== undefined);
  return words([
    ...open.map(([name, { description }]) => ({ word: `--${name}`, summary: description })),
    ...shorts.map(([, { alias, description }]) => ({ word: `-${alias}`, summary: description })),
  ]);
}

const gathers = (flag: Flag): boolean => flag.type !== "boolean" && flag.gathers;

function completeOperand(command: Command, line: Line, tasks: () => TaskChoice[]): Completion {
  const names = line.words.slice(1);
  const operand = operandAt(command, names.length);
  if (operand === undefined) return NOTHING;
  if (operand.followsDashes) return line.hasEnded ? FILES : words([DASHES]);
  if (operand.choices) return choicesOf(operand.choices());
  const left = () => tasks().filter(({ word }) => !names.includes(word));
  return completeValue(operand.valueHint, left);
}

/** The operand at a position; the last one may take all further words. */
function operandAt(command: Command, position: number): Operand | undefined {
  const operands = operandsOf(command).map(({ operand }) => operand);
  return operands[position] ?? operands.find(({ takesRest }) => takesRest);
}

const choicesOf = (choices: readonly string[]): Completion =>
  words(choices.map((word) => ({ word, summary: "" })));

function completeFlagValue(flag: Flag | undefined, tasks: () => TaskChoice[]): Completion {
  if (flag === undefined || flag.type === "boolean") return NOTHING;
  return flag.type === "enum" ? choicesOf(flag.options) : completeValue(flag.valueHint, tasks);
}

/** The name of a value in the help says its kind: `TASK`, `PROFILE`, `PATH` or `DIR`. */
function completeValue(called: string, tasks: () => TaskChoice[]): Completion {
  if (called === "TASK") return words(tasks().map(({ word, summary }) => ({ word, summary })));
  if (called === "PROFILE") return profilesOf(tasks());
  if (called === "PATH") return FILES;
  if (called === "DIR") return { kind: "directories", choices: [] };
  return NOTHING;
}

/** The profiles, each with its tasks. */
function profilesOf(tasks: TaskChoice[]): Completion {
  const names = new Set(tasks.flatMap(({ profiles }) => profiles));
  const having = (name: string) => tasks.filter(({ profiles }) => profiles.includes(name));
  const choices = [...names].map((word) => ({
    word,
    summary: having(word)
      .map((task) => task.word)
      .join(", "),
  }));
  return words(choices);
}
