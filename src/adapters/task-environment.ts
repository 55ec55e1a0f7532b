import { statSync } from "node:fs";
import type { Project, Task } from "../domain/config.ts";
import { Failure, isFailure } from "../domain/failure.ts";
import { readEnvFiles } from "./env-file.ts";
import { callerEnvironment } from "./environment.ts";

/** Where and how a task's command, checks and hooks run. */
export interface Surroundings {
  /** Absolute. */
  shell: string;
  /** Absolute. */
  cwd: string;
  environment: Record<string, string>;
}

/** Puts together what a task's process gets (contract, section 3). */
export class LaunchEnvironment {
  readonly umask = process.umask();

  constructor(private readonly project: Project) {}

  /** For a task; E213 if its directory is missing, E104 if an env_file or its shell is. */
  ofTask(task: Task): Surroundings | Failure {
    const { directory, session } = this.project;
    const cwd = task.cwd ?? directory;
    if (!isDirectory(cwd)) return missingDirectory(task.name, cwd);
    const top = this.#ofConfig();
    if (isFailure(top)) return top;
    const fromFiles = readEnvFiles(task.env_file);
    if (isFailure(fromFiles)) return fromFiles;
    const configured = { ...top, ...fromFiles, ...task.env };
    const environment = { ...callerEnvironment(), ...withPort(configured, task.port) };
    Object.assign(environment, { TASKMUX_SESSION: session, TASKMUX_TASK: task.name });
    return this.#surroundings(task.shell, cwd, environment);
  }

  /** For global hooks. */
  ofProject(): Surroundings | Failure {
    const top = this.#ofConfig();
    if (isFailure(top)) return top;
    const environment = { ...callerEnvironment(), ...top, TASKMUX_SESSION: this.project.session };
    return this.#surroundings(null, this.project.directory, environment);
  }

  #ofConfig(): Record<string, string> | Failure {
    const { config } = this.project;
    const fromFiles = readEnvFiles(config.env_file);
    if (isFailure(fromFiles)) return fromFiles;
    return { ...fromFiles, ...config.env };
  }

  #surroundings(shell: string | null, cwd: string, environment: Record<string, string>) {
    const path = findShell(shell ?? this.project.config.shell, environment["PATH"]);
    return isFailure(path) ? path : { shell: path, cwd, environment };
  }
}

const withPort = (environment: Record<string, string>, port: number | null) =>
  port === null || environment["PORT"] !== undefined
    ? environment
    : { ...environment, PORT: String(port) };

const isDirectory = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

const missingDirectory = (task: string, cwd: string): Failure =>
  new Failure("E213", `The cwd of task '${task}' is missing: ${cwd}`, "Make it, or mend `cwd`.");

function findShell(shell: string | null, PATH = "/usr/bin:/bin"): string | Failure {
  if (shell === null) return Bun.which("bash", { PATH }) ?? Bun.which("sh", { PATH }) ?? "/bin/sh";
  return Bun.which(shell, { PATH }) ?? new Failure("E104", `The shell '${shell}' is not in PATH`);
}
