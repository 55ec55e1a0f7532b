import { replaceProcess } from "../../adapters/system/replace-process.ts";
import { terminalEnvironment } from "../../adapters/system/environment.ts";
import { surroundingsOf } from "../../app/commands/exec.ts";
import { type Failure, isFailure } from "../../domain/failure.ts";
import type { Invocation } from "../command.ts";
import { printFailure } from "../print-result.ts";
import { findProject } from "../project-location.ts";
import { closeContext, createContext, SILENT } from "../wiring/context.ts";

/**
 * `taskmux exec TASK -- COMMAND...`: becomes the command, in the task's directory and environment. It has no mark of the
 * task's launches, so it is none of the task's processes, and a stop doesn't end it.
 */
export async function executeIn(
  { location, json }: Invocation,
  { task, command }: { task: string; command: readonly string[] },
): Promise<number | Failure> {
  const project = await findProject(location);
  if (isFailure(project)) return project;
  const found = await surroundingsOf(createContext(project, SILENT), { name: task });
  closeContext();
  if (isFailure(found)) return found;
  const { cwd, fileLimit = null } = found;
  const environment = { ...terminalEnvironment(), ...found.environment, PWD: cwd };
  const { failure, status } = replaceProcess({ words: command, cwd, environment, fileLimit });
  await printFailure(failure, json);
  return status;
}
