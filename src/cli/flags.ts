import { Failure, isFailure } from "../domain/failure.ts";
import { didYouMean, nearestName } from "../domain/values/suggest.ts";
import type { Arguments, Flag, ValueFlag } from "./arguments.ts";

/** Flags by name. */
export type Flags = ReadonlyMap<string, Flag>;

/** The flags among arguments, each by its name. */
export const flagsOf = (args: Arguments): Map<string, Flag> =>
  new Map(
    Object.entries(args).flatMap(([name, arg]) =>
      arg.type === "positional" ? [] : [[name, arg] as const],
    ),
  );

/** Flags of several commands, to separate flags and their values from words; any value is accepted. */
export const everyFlag = (commands: readonly Arguments[]): Map<string, Flag> =>
  new Map(
    commands
      .flatMap((args) => [...flagsOf(args)])
      .map(([name, flag]) => [
        name,
        flag.type === "boolean" ? flag : { ...flag, read: (text: string) => text },
      ]),
  );

/** A parsed command line. */
export interface Line {
  /** The values of the flags that are given. */
  flags: Map<string, unknown>;
  /** The words that are not flags, in order. */
  words: string[];
  /** How many of them come before `--`; null without one. */
  dashesAt: number | null;
}

/** Parses words and flags, with flags anywhere before `--`; E500 for an unknown flag, or a missing or invalid value. */
export function readFlags(argv: readonly string[], known: Flags): Line | Failure {
  const line: Line = { flags: new Map(), words: [], dashesAt: null };
  const queue = [...argv];
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    if (word === "--") {
      line.dashesAt = line.words.length;
      line.words.push(...queue);
      break;
    }
    if (!word.startsWith("-") || word === "-") line.words.push(word);
    else {
      const failure = readFlag(word, queue, known, line.flags);
      if (failure) return failure;
    }
  }
  return line;
}

function readFlag(
  word: string,
  queue: string[],
  known: Flags,
  flags: Map<string, unknown>,
): Failure | null {
  const { found, typed, attached } = findFlag(word, queue, known);
  if (found === undefined) return unknownFlag(typed, known);
  const { name, flag } = found;
  if (flag.type === "boolean") {
    if (attached !== null) return new Failure("E500", `${typed} takes no value`);
    flags.set(name, true);
    return null;
  }
  const text = attached ?? queue.shift();
  if (text === undefined) return valueMissing(typed, flag);
  const value = flag.read(text, typed);
  if (isFailure(value)) return value;
  const earlier = flags.get(name);
  flags.set(name, flag.gathers ? [...(Array.isArray(earlier) ? earlier : []), value] : value);
  return null;
}

const valueMissing = (typed: string, { default: example, valueHint }: ValueFlag): Failure =>
  new Failure("E500", `${typed} needs a value: ${typed} ${example ?? valueHint}`);

/** Parses `--name`, `--name=value`, `-n`, `-nVALUE`; of `-ab`, the rest is put back as `-b` if -a takes no value. */
export function findFlag(word: string, queue: string[], known: Flags) {
  if (word.startsWith("--")) {
    const equals = word.indexOf("=");
    const typed = equals < 0 ? word : word.slice(0, equals);
    const attached = equals < 0 ? null : word.slice(equals + 1);
    return { found: named(typed.slice(2), known), typed, attached };
  }
  const typed = word.slice(0, 2);
  const found = shortened(word.charAt(1), known);
  const rest = word.slice(2);
  if (rest === "" || found?.flag.type !== "boolean")
    return { found, typed, attached: rest || null };
  queue.unshift(`-${rest}`);
  return { found, typed, attached: null };
}

interface NamedFlag {
  name: string;
  flag: Flag;
}

function named(name: string, known: Flags): NamedFlag | undefined {
  const flag = known.get(name);
  return flag ? { name, flag } : flagWhere(known, (one) => synonymOf(one)?.name === name);
}

const shortened = (letter: string, known: Flags): NamedFlag | undefined =>
  flagWhere(known, (flag) => flag.alias === letter || synonymOf(flag)?.alias === letter);

function flagWhere(known: Flags, isMeant: (flag: Flag) => boolean): NamedFlag | undefined {
  for (const [name, flag] of known) if (isMeant(flag)) return { name, flag };
  return undefined;
}

const synonymOf = (flag: Flag) => (flag.type === "boolean" ? undefined : flag.synonym);

function unknownFlag(typed: string, known: Flags): Failure {
  const nearest = nearestName(typed.replace(/^-+/, ""), [...known.keys()]);
  const hint = nearest === null ? "See the flags with --help" : `Did you mean '--${nearest}'?`;
  return new Failure("E500", `Unknown flag '${typed}'`, hint);
}

/** E501 for an unknown command. */
export const unknownCommand = (name: string, known: Iterable<string>): Failure =>
  new Failure(
    "E501",
    `Unknown command '${name}'`,
    didYouMean(name, known) ?? "See the commands with: taskmux --help",
  );
