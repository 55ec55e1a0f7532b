import { isTerminal } from "../adapters/libc.ts";
import { loadProject } from "../adapters/config-file.ts";
import { secureStateHome } from "../adapters/state-home.ts";
import { Failure, isFailure } from "../domain/failure.ts";
import { sessionNameRule, validSessionName } from "../domain/config-names.ts";
import type { Project } from "../domain/config.ts";
import { type Command, commands, findCommand, globalFlags, mostNames } from "./commands.ts";
import { type FlagValues, readFlags, unknownCommand, type Words } from "./flags.ts";
import { printJson, printLines, ReaderGone, write } from "./output.ts";
import type { View } from "./style.ts";

const OK = 0;
const FAILED = 1;
const WRONG = 2;
export const INTERRUPTED = 130;

/** What is wrong usage or a wrong config, for the exit status (contract, section 4). */
export const WRONG_CODES = new Set<string>(
  "E100 E101 E102 E103 E104 E210 E211 E212 E500 E501".split(" "),
);

/** Runs one command line and returns the exit status. */
export async function run(argv: readonly string[]): Promise<number> {
  const json = asksForJson(argv);
  try {
    return await dispatch(argv, json);
  } catch (error) {
    if (error instanceof ReaderGone) return OK;
    return printFailure(internal(error), json);
  }
}

/** An error is JSON even where the rest of the line can't be read. */
const asksForJson = (argv: readonly string[]): boolean => {
  const end = argv.indexOf("--");
  return argv.slice(0, end < 0 ? argv.length : end).includes("--json");
};

const internal = (error: unknown): Failure =>
  new Failure(
    "E900",
    `Internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    "This is a bug in taskmux. Please report it with what you did.",
  );

async function dispatch(argv: readonly string[], json: boolean): Promise<number> {
  if (argv[0] === "help") return dispatch([...argv.slice(1), "--help"], json);
  const command = namedCommand(argv);
  if (isFailure(command)) return printFailure(command, json);
  const known = [...globalFlags, ...(command?.flags ?? [])];
  const words = readFlags(argv, known);
  if (isFailure(words)) return printFailure(words, json);
  if (words.flags["version"]) return printVersion(json);
  if (words.flags["help"] || command === null) return printHelp(command, json);
  const insecure = secureStateHome();
  if (insecure) return printFailure(insecure, json);
  return runCommand(command, words, json || command.alwaysJson === true);
}

/** The command that a line is for: its first word that is no flag and no flag's value. */
function namedCommand(argv: readonly string[]): Command | null | Failure {
  const every = [...globalFlags, ...commands.flatMap((command) => command.flags)];
  const words = readFlags(argv, every);
  // A flag that no command has: told with the first word that could be a command's name.
  const name = isFailure(words) ? firstWord(argv) : words.words[0];
  if (name === undefined) return isFailure(words) ? words : null;
  const names = commands.flatMap((command) => [command.name, ...(command.aliases ?? [])]);
  return findCommand(name) ?? (isFailure(words) ? words : unknownCommand(name, names));
}

const firstWord = (argv: readonly string[]): string | undefined =>
  argv.find((word) => findCommand(word) !== undefined);

async function runCommand(command: Command, words: Words, json: boolean): Promise<number> {
  const names = words.words.slice(1);
  const refused = checkArity(command, names);
  if (refused) return printFailure(refused, json);
  const input = { names, flags: words.flags };
  if (command.perform) {
    const status = await command.perform(placeOf(words.flags), input, json);
    return isFailure(status) ? printFailure(status, json) : status;
  }
  const project = await findProject(placeOf(words.flags));
  if (isFailure(project)) return printFailure(project, json);
  const { createContext, closeContext } = await import("./context.ts");
  const teller = await tellerFor(command, json);
  const context = createContext(project, teller);
  const stop = () => {
    closeContext();
    teller.close();
    process.exit(interrupted(json));
  };
  if (command.instead && words.flags[command.instead.flag] === true) {
    const status = await command.instead.perform(context, input, json, isTerminal(1));
    closeContext();
    return isFailure(status) ? printFailure(status, json) : status;
  }
  if (command.isSlow) for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, stop);
  const answer = await command.run!(context, input);
  closeContext();
  teller.close();
  if (isFailure(answer)) return printFailure(answer, json);
  await print(command, answer.result, json);
  return answer.status ?? ((answer.result as { ok?: boolean }).ok === false ? FAILED : OK);
}

function interrupted(json: boolean): number {
  const failure = new Failure(
    "E901",
    "Interrupted: what was started goes on",
    "See: taskmux status",
  );
  if (json) printJson(failureResult(failure));
  return INTERRUPTED;
}

function checkArity(command: Command, names: string[]): Failure | null {
  const usage = `taskmux ${command.name} ${operandOf(command)}`.trim();
  const least = { none: 0, optional: 0, one: 1, two: 2, any: 0, some: 1 }[command.arity];
  if (names.length < least) {
    return new Failure("E500", `${command.name} needs ${missingName(command, names)}`, usage);
  }
  const extra = names[mostNames[command.arity]];
  if (extra === undefined) return null;
  const [first, ...rest] = names;
  const quoted = `taskmux ${command.name} ${first} "${rest.join(" ")}"`;
  const hint = command.arity === "two" ? `Quote the command: ${quoted}` : usage;
  return new Failure("E500", `${command.name}: one word too many: '${extra}'`, hint);
}

function missingName({ operand = "TASK", choices }: Command, names: string[]): string {
  const word = operand.split(" ")[names.length];
  if (word === "TASK") return "a task's name";
  const known = choices?.() ?? [];
  return `a ${word?.toLowerCase()}${known.length === 0 ? "" : `: ${known.join(", ")}`}`;
}

/** How a command's words stand in its usage line. */
export function operandOf({ arity, operand = "TASK" }: Command): string {
  return {
    none: "",
    optional: `[${operand}]`,
    one: operand,
    two: operand,
    any: `[${operand}...]`,
    some: `${operand}...`,
  }[arity];
}

/** Where a command line says that its project is. */
export interface Place {
  cwd: string;
  explicit: string | null;
  session: string | null;
}

const placeOf = (flags: FlagValues): Place => ({
  cwd: process.cwd(),
  explicit: (flags["config"] as string | undefined) ?? (process.env["TASKMUX_CONFIG"] || null),
  session: (flags["session"] as string | undefined) ?? (process.env["TASKMUX_NAME"] || null),
});

export async function findProject(place: Place): Promise<Project | Failure> {
  if (place.session !== null && !validSessionName(place.session)) {
    return new Failure("E104", `'${place.session}' is no session name: ${sessionNameRule}`);
  }
  return loadProject(place);
}

/** Progress is for people: there is none with --json. */
async function tellerFor(command: Command, json: boolean) {
  if (json || !command.isSlow)
    return { progress: () => {}, waitingForLock: () => {}, close: () => {} };
  return (await import("./progress.ts")).progressTeller(isTerminal(2), viewOf(2));
}

async function print(command: Command, result: unknown, json: boolean): Promise<void> {
  if (json) return printJson(result);
  const render = await command.render?.();
  if (render) printLines(1, render(result as never, viewOf(1)));
  const { error, hint, warnings } = result as {
    error?: string;
    hint?: string;
    warnings?: string[];
  };
  const { tellPerson } = await import("./person.ts");
  for (const warning of warnings ?? []) tellPerson("warn", warning);
  if (error !== undefined) tellPerson("error", error, hint);
}

/** Prints a failure where it belongs and returns the exit status for it. */
async function printFailure(failure: Failure, json: boolean): Promise<number> {
  if (json) printJson(failureResult(failure));
  else {
    const { tellPerson, tellProblems } = await import("./person.ts");
    const { problems = [], file } = failure;
    if (file !== undefined && problems.length > 1) tellProblems(file, problems);
    else tellPerson("error", failure.message, failure.hint);
  }
  return WRONG_CODES.has(failure.code) ? WRONG : FAILED;
}

const failureResult = ({ message, code, hint, problems }: Failure) => ({
  ok: false,
  error: message,
  error_code: code,
  ...(hint === undefined ? {} : { hint }),
  ...(problems === undefined ? {} : { errors: problems }),
});

async function printHelp(command: Command | null, json: boolean): Promise<number> {
  const { usage } = await import("./help.ts");
  const text = await usage(command);
  if (json) printJson({ ok: true, usage: text });
  else write(1, `${text}\n`);
  return OK;
}

declare const TASKMUX_VERSION: string | undefined;

async function printVersion(json: boolean): Promise<number> {
  const version = await ownVersion();
  if (json) printJson({ ok: true, version });
  else write(1, `taskmux ${version}\n`);
  return OK;
}

/** From package.json; the binary has it built in. */
export const ownVersion = async (): Promise<string> =>
  typeof TASKMUX_VERSION === "string"
    ? TASKMUX_VERSION
    : ((await import("../../package.json")) as { version: string }).version;

/** What a descriptor can show: a terminal's columns, colours where they are wanted. */
export function viewOf(fd: 1 | 2): View {
  const onTerminal = isTerminal(fd);
  const columns = onTerminal ? (fd === 1 ? process.stdout : process.stderr).columns : 0;
  const colour = onTerminal && Bun.enableANSIColors && process.env["TERM"] !== "dumb";
  return { width: columns || Infinity, colour, now: Date.now() };
}
