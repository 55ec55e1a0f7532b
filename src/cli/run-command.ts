import { secureStateHome } from "../adapters/system/state-home.ts";
import { isFailure } from "../domain/failure.ts";
import { actOnProject } from "./act-on-project.ts";
import { valuesOf } from "./arguments.ts";
import type { Command } from "./command.ts";
import { globalArgs } from "./command-table.ts";
import type { Line } from "./flags.ts";
import { readOperands } from "./operands.ts";
import { printFailure } from "./print-result.ts";
import { locationOf } from "./project-location.ts";

/** A command line with its flags read; `words` are those after the command's name. */
interface CommandLine extends Line {
  argv: readonly string[];
  json: boolean;
}

/** Runs a command and returns the exit status. Help and version need nothing of what this loads. */
export async function runCommand(
  command: Command,
  { argv, flags, words, dashesAt, json: asked }: CommandLine,
): Promise<number> {
  const json = asked || command.alwaysJson === true;
  const insecure = command.keepsNothing ? null : secureStateHome();
  const operands = insecure ?? readOperands(command, words, dashesAt);
  if (isFailure(operands)) return printFailure(operands, json);
  const given = new Map<string, unknown>([...flags, ...operands]);
  const invocation = { location: locationOf(valuesOf(globalArgs, flags)), json };
  const { action } = command;
  if (action.kind === "answers")
    return actOnProject({ command, action, given, argv, words, ...invocation });
  const status = await action.run(invocation, given);
  return isFailure(status) ? printFailure(status, json) : status;
}
