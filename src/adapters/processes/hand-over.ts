import { closeSync, fstatSync, readSync } from "node:fs";
import type { Project } from "../../domain/config/config.ts";
import { chosenNames } from "../../domain/tasks/chosen-names.ts";
import { takeOutput } from "./command-output.ts";
import { ownEnvironment } from "../system/environment.ts";
import { callersFileLimit, FILE_LIMIT } from "../system/file-limit.ts";
import { RunState } from "../state/run-state.ts";
import { ownCommand } from "../system/own-command.ts";
import { parseMark } from "./task-members.ts";

/**
 * Set for a process that a command was handed over to. It never hands over again: if it were still inside of the task, that
 * would start processes without end.
 */
const HANDED_OVER = "TASKMUX_HANDED_OVER";

/**
 * Whether this process belongs to one of the tasks of a project that these words choose (no words: to any), would be ended
 * with it, and may hand its command over.
 */
export function mustHandOver(
  { session }: Project,
  words: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): boolean {
  const { TASKMUX_RUN: run = "", TASKMUX_TASK: task = "" } = environment;
  if (environment[HANDED_OVER] !== undefined) return false;
  const mark = parseMark(`TASKMUX_RUN=${run}\0TASKMUX_TASK=${task}\0`);
  if (mark?.scope !== new RunState(session).scope) return false;
  return words.length === 0 || chosenNames(words, [mark.task]).names.length > 0;
}

/**
 * Runs a taskmux command line in a process outside of all tasks: it is in no task's terminal and has no task's mark, so it
 * isn't ended with the task that this process runs in. Copies its output and returns its exit status, if this process is
 * still running then.
 */
export async function handOver(
  argv: readonly string[],
  print: (fd: 1 | 2, text: string) => void,
): Promise<number> {
  // Files, since pipes would break, and output to the terminal would be in the task's log.
  const [output, error] = [takeOutput(), takeOutput()];
  const fileLimit = callersFileLimit();
  const child = Bun.spawn([...ownCommand(), ...argv], {
    detached: true,
    stdio: ["ignore", output.fd, error.fd],
    env: {
      ...ownEnvironment(),
      [HANDED_OVER]: "1",
      ...(fileLimit !== null && { [FILE_LIMIT]: String(fileLimit) }),
    },
  });
  const status = await child.exited;
  for (const [fd, from] of [
    [1, output],
    [2, error],
  ] as const) {
    print(fd, textOf(from.fd));
    closeSync(from.fd);
  }
  return status;
}

function textOf(fd: number): string {
  const text = Buffer.alloc(fstatSync(fd).size);
  return text.toString("utf8", 0, readSync(fd, text, 0, text.length, 0));
}
