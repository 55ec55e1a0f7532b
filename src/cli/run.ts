import { FAILED, OK } from "../domain/exit-status.ts";
import { Failure, isFailure } from "../domain/failure.ts";
import { refusedBySystem } from "../domain/system-error.ts";
import { valuesOf } from "./arguments.ts";
import type { Command } from "./command.ts";
import { allCommands, commandLine, findCommand, globalArgs } from "./command-table.ts";
import { everyFlag, flagsOf, type Line, readFlags, unknownCommand } from "./flags.ts";
import { dashesMissing, takesCommand } from "./operands.ts";
import { OutputFailed, printJson, printLines, BrokenPipe, viewOf, write } from "./output.ts";
import { printFailure } from "./print-result.ts";
import { ownVersion } from "./version.ts";

/** Runs a command line and returns the exit status. */
export async function run(argv: readonly string[]): Promise<number> {
  const json = asksForJson(argv);
  try {
    return await dispatch(argv, json).catch((error: unknown) => {
      if (error instanceof BrokenPipe || error instanceof OutputFailed) throw error;
      return printFailure(refusedBySystem(error) ?? internal(error), json);
    });
  } catch (error) {
    if (error instanceof BrokenPipe) return OK;
    if (!(error instanceof OutputFailed)) throw error;
    // Printed as a sentence even with --json: a JSON document can't be written either.
    const { printMessage } = await import("./messages.ts");
    printMessage("error", `The output can't be written: ${error.message}`);
    return FAILED;
  }
}

/** Errors are printed as JSON even if the rest of the line is invalid. */
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
  const line = readFlags(argv, flagsOf({ ...globalArgs, ...command?.args }));
  if (isFailure(line)) return printFailure(forgottenDashes(command, argv) ?? line, json);
  const global = valuesOf(globalArgs, line.flags);
  if (global.version) return printVersion(json);
  if (global.help || command === null) return printHelp(command, json);
  const { runCommand } = await import("./run-command.ts");
  const words = line.words.slice(1);
  const dashesAt = line.dashesAt === null ? null : Math.max(0, line.dashesAt - 1);
  return runCommand(command, { argv, flags: line.flags, words, dashesAt, json });
}

/** E500 if an unknown flag may be one of the command that should have come after `--`. */
const forgottenDashes = (command: Command | null, argv: readonly string[]): Failure | null =>
  command !== null && takesCommand(command) && !argv.includes("--") ? dashesMissing(command) : null;

/** The command of a line: the first word that is neither a flag nor a flag's value. */
function namedCommand(argv: readonly string[]): Command | null | Failure {
  // Flags may come before the command; then all commands' flags are needed to find it.
  const first = findCommand(argv[0] ?? "");
  if (first) return first;
  const line = readLoosely(argv);
  // For a flag that no command has, the first word that could be a command is used.
  const name = isFailure(line) ? argv.find((word) => findCommand(word)) : line.words[0];
  if (name === undefined) return isFailure(line) ? line : null;
  const names = allCommands().flatMap(({ meta }) => [meta.name, ...(meta.alias ?? [])]);
  return findCommand(name) ?? (isFailure(line) ? line : unknownCommand(name, names));
}

/** The words of a line, and which of them are values of flags. Mostly the flags of every command suffice to tell. */
function readLoosely(argv: readonly string[]): Line | Failure {
  const line = readFlags(argv, flagsOf(globalArgs));
  if (!isFailure(line)) return line;
  return readFlags(argv, everyFlag([globalArgs, ...allCommands().map(({ args }) => args)]));
}

async function printHelp(command: Command | null, json: boolean): Promise<number> {
  const { commandHelp, treeHelp } = await import("./help.ts");
  const view = json ? { colour: false } : viewOf(1);
  const tree = commandLine();
  const lines = command === null ? treeHelp(tree, view) : commandHelp(command, tree, view);
  if (json) printJson({ ok: true, usage: lines.join("\n") });
  else printLines(1, lines);
  return OK;
}

async function printVersion(json: boolean): Promise<number> {
  const version = await ownVersion();
  if (json) printJson({ ok: true, version });
  else write(1, `taskmux ${version}\n`);
  return OK;
}
