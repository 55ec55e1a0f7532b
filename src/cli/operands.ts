import { Failure } from "../domain/failure.ts";
import type { Operand } from "./arguments.ts";
import type { Command } from "./command.ts";

interface NamedOperand {
  name: string;
  operand: Operand;
}

/** The words that a command takes, in order. */
export const operandsOf = ({ args }: Command): NamedOperand[] =>
  Object.entries(args).flatMap(([name, operand]) =>
    operand.type === "positional" ? [{ name, operand }] : [],
  );

/** Whether the command runs another one, whose words come after `--`. */
export const takesCommand = (command: Command): boolean =>
  operandsOf(command).some(({ operand }) => operand.followsDashes);

/**
 * Assigns the words to the operands, by position; E500 for too few or too many. `dashesAt`: how many of the words come
 * before `--`; null without one.
 */
export function readOperands(
  command: Command,
  words: readonly string[],
  dashesAt: number | null = null,
): Map<string, string | string[]> | Failure {
  const operands = operandsOf(command);
  if (takesCommand(command) && words.length > 0) {
    const before = operands.length - 1;
    if (dashesAt === null && words.length > before) return dashesMissing(command);
    if (dashesAt !== null && dashesAt < before)
      return wordMissing(command, operands[dashesAt]!.operand);
    if (dashesAt !== null && dashesAt > before)
      return wordTooMany(command, words, operands.slice(0, -1));
  }
  const missing = operands.find(({ operand }, index) => operand.required && index >= words.length);
  if (missing) return wordMissing(command, missing.operand);
  if (words.length > mostWords(operands)) return wordTooMany(command, words, operands);
  const given = operands.slice(0, words.length).map(({ name, operand }, index) => {
    const [word = "", ...more] = words.slice(index);
    return [name, operand.takesRest ? [word, ...more] : word] as const;
  });
  return new Map(given);
}

const mostWords = (operands: NamedOperand[]): number =>
  operands.some(({ operand }) => operand.takesRest) ? Infinity : operands.length;

/** E500: without `--` nobody can tell whose the flags are. */
export const dashesMissing = (command: Command): Failure =>
  new Failure(
    "E500",
    `${command.meta.name} needs -- before the command`,
    `Like: ${command.meta.example}`,
  );

function wordMissing(command: Command, { valueHint, choices }: Operand): Failure {
  const known = choices?.() ?? [];
  const list = known.length === 0 ? "" : `: ${known.join(", ")}`;
  const what = valueHint === "TASK" ? "a task's name" : `a ${valueHint.toLowerCase()}${list}`;
  return new Failure("E500", `${command.meta.name} needs ${what}`, usageLine(command));
}

function wordTooMany(
  command: Command,
  words: readonly string[],
  operands: NamedOperand[],
): Failure {
  const { name } = command.meta;
  const [first, ...rest] = words;
  const quoted = `Quote the command: taskmux ${name} ${first} "${rest.join(" ")}"`;
  const isQuoted = operands.at(-1)?.operand.valueHint === "COMMAND";
  return new Failure(
    "E500",
    `${name}: one word too many: '${words[operands.length]}'`,
    isQuoted ? quoted : usageLine(command),
  );
}

/** A command and its words as they are typed: `taskmux start [TASK...]`. `flags`: where flags may stand last. */
export function usageLine(command: Command, flags = ""): string {
  const operands = operandsOf(command).map(({ operand }) => operand);
  const words = (those: Operand[]) => those.map(usageWord);
  const named = words(operands.filter(({ followsDashes }) => !followsDashes));
  const followed = words(operands.filter(({ followsDashes }) => followsDashes));
  return ["taskmux", command.meta.name, ...named, flags, ...followed].filter(Boolean).join(" ");
}

function usageWord({ valueHint, takesRest, required, followsDashes }: Operand): string {
  const word = takesRest ? `${valueHint}...` : valueHint;
  if (followsDashes) return `-- ${word}`;
  return required ? word : `[${word}]`;
}
