import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { locateIn } from "../domain/config-places.ts";
import { fieldName } from "../domain/config-rules.ts";
import { configWarnings, type Warning } from "../domain/config-warnings.ts";
import type { Project, Task } from "../domain/config.ts";
import { type Failure, isFailure, type Problem } from "../domain/failure.ts";
import { readConfigText, readProject } from "./config-file.ts";
import { missingEnvFiles } from "./env-file.ts";

export interface ConfigReport {
  errors: readonly Problem[];
  /** Sentences, each with its line; sorted by it. None where there are errors. */
  warnings: string[];
}

/** What `taskmux check` says of a config file; a Failure (E100) only if it can't be read. */
export async function checkFile(configPath: string): Promise<ConfigReport | Failure> {
  const project = await readProject(configPath);
  if (!isFailure(project)) return { errors: [], warnings: warningsOf(project) };
  return project.problems === undefined ? project : { errors: project.problems, warnings: [] };
}

function warningsOf(project: Project): string[] {
  const text = readConfigText(project.configPath);
  const locate = locateIn(isFailure(text) ? "" : text);
  return [...configWarnings(project.config), ...machineWarnings(project)]
    .map(({ path, message }) => ({ message, line: locate(path, "value")?.line ?? null }))
    .toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0))
    .map(({ message, line }) => (line === null ? message : `line ${line}: ${message}`));
}

/** What this machine lacks now, and would fail on at a start. */
function machineWarnings({ config, configPath }: Project): Warning[] {
  const directory = dirname(configPath);
  return [
    ...shellWarnings(config.shell, ["shell"]),
    ...missingEnvFiles(config.env_file).map(missingFile([])),
    ...config.tasks.flatMap((task) => taskWarnings(task, directory)),
  ];
}

function taskWarnings(task: Task, directory: string): Warning[] {
  const path = ["tasks", task.name];
  return [
    ...cwdWarnings(task.cwd ?? directory, [...path, "cwd"]),
    ...shellWarnings(task.shell, [...path, "shell"]),
    ...missingEnvFiles(task.env_file).map(missingFile(path)),
  ];
}

function cwdWarnings(cwd: string, path: string[]): Warning[] {
  if (existsSync(`${cwd}/.`)) return [];
  return [{ path, message: `${fieldName(path)} is no directory now: ${cwd}` }];
}

function shellWarnings(shell: string | null, path: string[]): Warning[] {
  if (shell === null || Bun.which(shell) !== null) return [];
  return [{ path, message: `${fieldName(path)} is not in PATH: ${shell}` }];
}

const missingFile =
  (owner: string[]) =>
  ({ file, index, count }: { file: string; index: number; count: number }): Warning => {
    const field = [...owner, "env_file"];
    const path = count === 1 ? field : [...field, index];
    return { path, message: `${fieldName(field)} is missing now: ${file}` };
  };
