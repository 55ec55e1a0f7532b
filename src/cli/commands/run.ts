import { resolve } from "node:path";
import type { Project } from "../../domain/config/config.ts";
import { withNewRunTask } from "../../domain/config/run-task.ts";
import { Failure, isFailure } from "../../domain/failure.ts";
import { commandOfWords } from "../../domain/values/shell-word.ts";
import { currentDirectory } from "../../adapters/system/current-directory.ts";

/** The arguments of `run` that say what the task is. */
interface RunArguments {
  name: string;
  command: string[];
  port: number | string | undefined;
  cwd: string | undefined;
  env: [name: string, value: string][];
  "ready-log": string | undefined;
}

/** The project with the task of `taskmux run NAME -- COMMAND...`; it runs in the current directory unless another is given. */
export async function projectToRunIn(
  project: Project,
  args: RunArguments,
): Promise<Project | Failure> {
  const written = writtenOf(args);
  return isFailure(written) ? written : withNewRunTask(project, args.name, written);
}

function writtenOf({ command, port, cwd, env, ...args }: RunArguments) {
  const [first = ""] = command;
  if (/^[A-Za-z_]\w*=/.test(first)) return variableFirst(first);
  const here = currentDirectory();
  if (isFailure(here)) return here;
  return {
    command: commandOfWords(command),
    cwd: resolve(here, cwd ?? "."),
    env: Object.fromEntries(env),
    ...(port !== undefined && { port }),
    ...(args["ready-log"] !== undefined && { ready_log: args["ready-log"] }),
  };
}

/** The words are no line for a shell, in which this would set a variable. */
const variableFirst = (word: string): Failure =>
  new Failure(
    "E500",
    `'${word}' is no command`,
    "Give variables before --, like: --env NAME=VALUE",
  );
