import { accessSync, constants, existsSync, statSync } from "node:fs";
import { constants as system } from "node:os";
import { join, resolve } from "node:path";
import { Failure, isFailure } from "../../domain/failure.ts";
import { withFileLimit } from "./file-limit.ts";
import { restoreSignal } from "./libc.ts";

/** A program to run in the place of this process. */
export interface Program {
  /** The program, as a name in PATH or a path, and its arguments. */
  words: readonly string[];
  /** Absolute. */
  cwd: string;
  environment: Readonly<Record<string, string>>;
  /** Soft limit of open files; null: that of this process. */
  fileLimit: number | null;
}

/** Why a program can't run, and the exit status that a shell has for that: 127 if it isn't found, else 126. */
export interface NotRun {
  failure: Failure;
  status: 126 | 127;
}

/** execve(2) hands ignored signals on, and Bun ignores these. */
const IGNORED_BY_BUN = [system.signals.SIGPIPE, system.signals.SIGXFSZ];

/**
 * Replaces this process by a program: it keeps the pid, the terminal and all descriptors, so its exit status and the signals
 * that it gets are its own. Returns only if the program can't run.
 */
export function replaceProcess(program: Program): NotRun {
  const path = executableOf(program);
  if (isFailure(path)) return { failure: path, status: 127 };
  // Bun warns later that this function is experimental. Its version is pinned.
  process.removeAllListeners("warning");
  process.chdir(program.cwd);
  for (const signal of IGNORED_BY_BUN) restoreSignal(signal);
  const error = execute(path, program);
  const reason = error instanceof Error ? error.message : String(error);
  const sentence = `Can't run ${path}: ${reason}`;
  return { failure: new Failure("E500", sentence), status: 126 };
}

function execute(path: string, { words, environment, fileLimit }: Program): unknown {
  const run = (file: string, argv: readonly string[]): unknown => {
    try {
      return withFileLimit(fileLimit, () => process.execve!(file, argv, environment));
    } catch (error) {
      return error;
    }
  };
  const error = run(path, words);
  // A script without a first line that names its interpreter is one of sh, as for execvp(3).
  const isScript = (error as NodeJS.ErrnoException).code === "ENOEXEC";
  return isScript ? run("/bin/sh", ["sh", path, ...words.slice(1)]) : error;
}

/** The file that a shell would run; E500 if there is none. */
function executableOf({ words: [name = ""], cwd, environment }: Program): string | Failure {
  if (name.includes("/")) {
    const path = resolve(cwd, name);
    return existsSync(path) ? path : new Failure("E500", `Can't run ${path}: it doesn't exist`);
  }
  const directories = (environment["PATH"] ?? "/usr/bin:/bin").split(":");
  const files = directories.map((directory) => join(resolve(cwd, directory), name));
  const found = name === "" ? undefined : files.find(isExecutable);
  return found ?? new Failure("E500", `Command '${name}' not found in the task's PATH`);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
