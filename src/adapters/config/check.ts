import { dirname } from "node:path";
import { locateIn } from "../../domain/toml/places.ts";
import { fieldName } from "../../domain/config/config-error.ts";
import { configWarnings, type Warning } from "../../domain/config/warnings.ts";
import type { Config, Task } from "../../domain/config/config.ts";
import { type Failure, isFailure, type Problem } from "../../domain/failure.ts";
import { readConfigAt, readConfigText } from "./file.ts";
import { missingEnvFiles } from "./env-file.ts";
import { irregularAt } from "../system/regular-file.ts";
import { unusableDirectory } from "../launch/working-directory.ts";

export interface ConfigReport {
  errors: readonly Problem[];
  /** Sentences, each with its line, in line order. Empty if there are errors. */
  warnings: string[];
}

/** The result of `taskmux check` for a config file; a Failure (E100) only if the file can't be read. */
export async function checkFile(configPath: string): Promise<ConfigReport | Failure> {
  const config = await readConfigAt(configPath);
  if (!isFailure(config)) return { errors: [], warnings: warningsOf(config, configPath) };
  return config.problems === undefined ? config : { errors: config.problems, warnings: [] };
}

function warningsOf(config: Config, configPath: string): string[] {
  const text = readConfigText(configPath);
  const locate = locateIn(isFailure(text) ? "" : text);
  return [...configWarnings(config), ...machineWarnings(config, dirname(configPath))]
    .map(({ path, message }) => ({ message, line: locate(path, "value")?.line ?? null }))
    .toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0))
    .map(({ message, line }) => (line === null ? message : `line ${line}: ${message}`));
}

/** Things that are missing on this machine now, and would fail a start. */
function machineWarnings(config: Config, directory: string): Warning[] {
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
    ...logWarnings(task.log_file, [...path, "log_file"]),
    ...missingEnvFiles(task.env_file).map(missingFile(path)),
  ];
}

function cwdWarnings(cwd: string, path: string[]): Warning[] {
  const why = unusableDirectory(cwd);
  return why === null
    ? []
    : [{ path, message: `${fieldName(path)} can't be used now: ${cwd}: ${why}` }];
}

function shellWarnings(shell: string | null, path: string[]): Warning[] {
  if (shell === null || Bun.which(shell) !== null) return [];
  return [{ path, message: `${fieldName(path)} is not in PATH: ${shell}` }];
}

function logWarnings(file: string | null, path: string[]): Warning[] {
  const refusal = file === null ? null : irregularAt(file);
  if (refusal === null) return [];
  return [{ path, message: `${fieldName(path)} can't be written now: ${file}: ${refusal.reason}` }];
}

const missingFile =
  (owner: string[]) =>
  ({ file, index, count }: { file: string; index: number; count: number }): Warning => {
    const field = [...owner, "env_file"];
    const path = count === 1 ? field : [...field, index];
    return { path, message: `${fieldName(field)} is missing now: ${file}` };
  };
