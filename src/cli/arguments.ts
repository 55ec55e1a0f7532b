import type { BooleanArgDef, EnumArgDef, PositionalArgDef, StringArgDef } from "citty";
import { Failure, isFailure } from "../domain/failure.ts";
import { didYouMean } from "../domain/values/suggest.ts";
import { parseTime } from "../domain/values/time.ts";
import { tmuxKey } from "../domain/values/tmux-key.ts";
import { parseDuration } from "../domain/values/units.ts";

/** Makes a value of a flag's text; E500 for a text that is none. `flag` is as it was typed. */
type Read<V> = (text: string, flag: string) => V | Failure;

/** The common part of citty's definitions, and the value of an argument that is not given. */
interface Described<T> {
  description: string;
  initial: T;
}

/** A flag that takes no value. */
export type SwitchFlag = Omit<BooleanArgDef, "alias"> &
  Described<boolean> & { type: "boolean"; alias?: string };

/** Another name of a flag, which people know from other programs, and its letter. */
interface Synonym {
  name: string;
  alias: string;
}

/** A flag that takes a value; one that gathers may be given any number of times. */
export type ValueFlag<T = unknown> = Omit<StringArgDef | EnumArgDef, "alias" | "type"> &
  Described<T> & {
    alias?: string;
    synonym?: Synonym;
    valueHint: string;
    read: Read<unknown>;
    gathers: boolean;
  } & ({ type: "string" } | { type: "enum"; options: string[] });

export type Flag = SwitchFlag | ValueFlag;

/** A word of a command that is no flag. */
export type Operand<T = unknown> = Omit<PositionalArgDef, "type"> &
  Described<T> & {
    type: "positional";
    /** How the word is called in the help: `TASK`, or its choices as `a|b`. */
    valueHint: string;
    required: boolean;
    /** It takes all words that are left. */
    takesRest: boolean;
    /** Its words come after `--`, so that their flags are theirs. */
    followsDashes?: true;
    /** Its possible values, if it is not a task of the config; for completion. */
    choices?: () => readonly string[];
  };

/** The arguments of a command, by name: citty definitions, each with the type of its value. */
export type Arguments = Record<string, Flag | Operand>;

/** The values on a command line, by argument name. */
export type Given = ReadonlyMap<string, unknown>;

/** The values that a command gets for its arguments. */
export type Values<A extends Arguments> = { [Name in keyof A]: A[Name]["initial"] };

/** `given` was read by the definitions in `args`, whose types the values so have. */
export function valuesOf<A extends Arguments>(args: A, given: Given): Values<A> {
  const entries = Object.entries(args).map(([name, { initial }]) => [
    name,
    given.has(name) ? given.get(name) : initial,
  ]);
  return Object.fromEntries(entries) as Values<A>;
}

/** A flag that is given, or isn't. */
export const toggle = (options: { description: string; alias?: string }): SwitchFlag => ({
  type: "boolean",
  ...options,
  initial: false,
});

interface Options {
  description: string;
  /** How the value is called in the help. */
  valueHint: string;
  /** The letter of its short form. */
  alias?: string;
  synonym?: Synonym;
}

/** Defines a flag: its value is undefined where it isn't given and has no default. */
interface Define<V> {
  (options: Options & { default: string }): ValueFlag<V>;
  (options: Options): ValueFlag<V | undefined>;
}

function valued<V>(read: Read<V>): Define<V> {
  function define(options: Options & { default: string }): ValueFlag<V>;
  function define(options: Options): ValueFlag<V | undefined>;
  function define(options: Options & { default?: string }): ValueFlag<V | undefined> {
    const initial = options.default === undefined ? undefined : read(options.default, "default");
    if (isFailure(initial)) throw new Error(initial.message);
    return { type: "string", ...options, read, gathers: false, initial };
  }
  return define;
}

/** Any text. */
export const text = valued((text) => text);

/** A whole number. */
export const count = valued(readCount);

/** A run: 0 is the newest one, 1 the one before. */
export const run = valued((text, flag) => {
  if (text === "last") return 0;
  const back = /^-([1-9]\d{0,5})$/.exec(text)?.[1];
  return back === undefined
    ? new Failure("E500", `${flag} takes last, -1 (the run before it), -2 .., not '${text}'`)
    : Number(back);
});

/** A TCP port to listen on; 0 is any free one, and with `+` any free one will do if it is taken. */
export const port = valued((text, flag) => {
  const orFree = text.endsWith("+");
  const number = readCount(orFree ? text.slice(0, -1) : text, flag);
  if (isFailure(number)) return number;
  if (number <= 65535) return { port: number, orFree };
  return new Failure("E500", `${flag} takes 0 to 65535, not ${number}`);
});

/** A `port` as a config has it. */
export const taskPort = valued((text, flag) => {
  if (/^(auto|\d{1,5}\+)$/.test(text)) return text;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  return new Failure("E500", `${flag} takes a port, "3000+" or "auto", not '${text}'`);
});

/** A duration, in seconds. */
export const duration = valued((text, flag) => {
  // A bare number is in seconds, as for `timeout` and `sleep`.
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : parseDuration(text);
  return (
    seconds ?? new Failure("E500", `${flag} takes a duration such as 90s or 5m, not '${text}'`)
  );
});

/** A point in time, epoch ms; a duration counts back from now. */
export const time = valued((text, flag) => {
  const wanted = "a duration such as 5m, or a time such as 2024-01-01T14:00";
  return (
    parseTime(text, Date.now()) ?? new Failure("E500", `${flag} takes ${wanted}, not '${text}'`)
  );
});

/** One of a few words. */
export function oneOf<const V extends string>(
  words: readonly V[],
  options: { description: string; alias?: string },
): ValueFlag<V | undefined> {
  const read = (text: string, flag: string): V | Failure =>
    words.find((word) => word === text) ?? noneOf(words, text, flag);
  const common = { ...options, valueHint: words.join("|"), read, gathers: false } as const;
  return { type: "enum", options: [...words], ...common, initial: undefined };
}

function noneOf(words: readonly string[], text: string, flag: string): Failure {
  const allowed = `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
  return new Failure(
    "E500",
    `${flag} takes ${allowed}, not '${text}'`,
    didYouMean(text, words) ?? undefined,
  );
}

/** Texts, one each time that the flag is given. */
export const texts = (options: Options): ValueFlag<string[]> => ({
  type: "string",
  ...options,
  read: (text) => text,
  gathers: true,
  initial: [],
});

/** Variables, `NAME=VALUE` each time that the flag is given. */
export const variables = (options: Options): ValueFlag<[name: string, value: string][]> => ({
  type: "string",
  ...options,
  read: (text, flag) => {
    const equals = text.indexOf("=");
    if (equals < 1) return new Failure("E500", `${flag} takes NAME=VALUE, not '${text}'`);
    return [text.slice(0, equals), text.slice(equals + 1)];
  },
  gathers: true,
  initial: [],
});

/** Keys in tmux's notation, one each time that the flag is given. */
export const keys = (options: Options): ValueFlag<string[]> => ({
  ...texts(options),
  read: (text, flag) =>
    tmuxKey(text) ??
    new Failure("E500", `${flag} takes a key such as C-c, Enter, Escape, Up or F1, not '${text}'`),
});

interface OperandOptions {
  description: string;
  valueHint?: string;
  choices?: () => readonly string[];
}

const OPERAND = { type: "positional", valueHint: "TASK", takesRest: false } as const;

/** A word that must be there; a task's name, if it isn't called otherwise. */
export const word = (options: OperandOptions): Operand<string> => ({
  ...OPERAND,
  ...options,
  required: true,
  initial: "",
});

/** A word that may be left out. */
export const optionalWord = (options: OperandOptions): Operand<string | undefined> => ({
  ...OPERAND,
  ...options,
  required: false,
  initial: undefined,
});

/** Any number of tasks' names; one at least where they are required. */
export const tasks = (options: { description: string; required?: true }): Operand<string[]> => ({
  ...OPERAND,
  required: false,
  ...options,
  takesRest: true,
  initial: [],
});

/** A command to run and its words, all that comes after `--`. */
export const commandWords = (options: { description: string }): Operand<string[]> => ({
  ...OPERAND,
  ...options,
  valueHint: "COMMAND",
  required: true,
  takesRest: true,
  followsDashes: true,
  initial: [],
});

function readCount(text: string, flag: string): number | Failure {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  return new Failure("E500", `${flag} takes a whole number, not '${text}'`);
}
