import { Failure, isFailure } from "../domain/failure.ts";
import { didYouMean, nearestName } from "../domain/suggest.ts";
import { parseDuration } from "../domain/units.ts";

/** What a flag takes: nothing, a text, a text each time it is given, a whole number, or a duration (told in seconds). */
export type FlagKind = "boolean" | "string" | "list" | "count" | "duration";

export interface Flag {
  name: string;
  short?: string;
  kind: FlagKind;
  /** How its value is called in the help. */
  value?: string;
  summary: string;
}

export type FlagValue = boolean | string | number | string[];
export type FlagValues = Record<string, FlagValue | undefined>;

/** What a command line says, once it is found to be right. */
export interface Words {
  flags: FlagValues;
  /** What is no flag, in order. */
  words: string[];
}

/** Reads words and flags, flags anywhere before `--`; E500 for one that is unknown, lacks its value, or has a bad one. */
export function readFlags(argv: readonly string[], known: readonly Flag[]): Words | Failure {
  const found: Words = { flags: Object.create(null) as FlagValues, words: [] };
  const queue = [...argv];
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    if (word === "--") {
      found.words.push(...queue);
      break;
    }
    if (!word.startsWith("-") || word === "-") found.words.push(word);
    else {
      const failure = readFlag(word, queue, known, found.flags);
      if (failure) return failure;
    }
  }
  return found;
}

function readFlag(
  word: string,
  queue: string[],
  known: readonly Flag[],
  flags: FlagValues,
): Failure | null {
  const { flag, name, attached } = findFlag(word, queue, known);
  if (flag === undefined) return unknownFlag(name, known);
  if (flag.kind === "boolean") {
    if (attached !== null) return new Failure("E500", `${name} takes no value`);
    flags[flag.name] = true;
    return null;
  }
  const text = attached ?? queue.shift();
  const wants = `${name} needs a value: ${name} ${flag.value ?? "VALUE"}`;
  if (text === undefined) return new Failure("E500", wants);
  const value = readValue(flag, name, text);
  if (isFailure(value)) return value;
  const earlier = flags[flag.name];
  flags[flag.name] = flag.kind === "list" ? [...((earlier as string[]) ?? []), text] : value;
  return null;
}

/** `--name`, `--name=value`, `-n`, `-nVALUE`; of `-ab` the rest is put back as `-b` where -a takes no value. */
export function findFlag(word: string, queue: string[], known: readonly Flag[]) {
  if (word.startsWith("--")) {
    const equals = word.indexOf("=");
    const name = equals < 0 ? word : word.slice(0, equals);
    const attached = equals < 0 ? null : word.slice(equals + 1);
    return { flag: known.find((flag) => `--${flag.name}` === name), name, attached };
  }
  const name = word.slice(0, 2);
  const flag = known.find((one) => one.short === name[1]);
  const rest = word.slice(2);
  if (rest === "" || flag?.kind !== "boolean") return { flag, name, attached: rest || null };
  queue.unshift(`-${rest}`);
  return { flag, name, attached: null };
}

function unknownFlag(name: string, known: readonly Flag[]): Failure {
  const nearest = nearestName(
    name.replace(/^-+/, ""),
    known.map((flag) => flag.name),
  );
  const hint = nearest === null ? "See the flags with --help" : `Did you mean '--${nearest}'?`;
  return new Failure("E500", `Unknown flag '${name}'`, hint);
}

function readValue(flag: Flag, name: string, text: string): string | number | Failure {
  if (flag.kind === "count") {
    const isCount = /^\d{1,9}$/.test(text);
    return isCount
      ? Number(text)
      : new Failure("E500", `${name} takes a whole number, not '${text}'`);
  }
  if (flag.kind !== "duration") return text;
  // A bare number is taken as seconds, as `timeout` and `sleep` do.
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : parseDuration(text);
  return (
    seconds ?? new Failure("E500", `${name} takes a duration such as 90s or 5m, not '${text}'`)
  );
}

/** E501 for a command that there is none of. */
export const unknownCommand = (name: string, known: Iterable<string>): Failure =>
  new Failure(
    "E501",
    `Unknown command '${name}'`,
    didYouMean(name, known) ?? "See the commands with: taskmux --help",
  );
