import { existsSync, readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { Failure, isFailure } from "../domain/failure.ts";

/**
 * The variables of dotenv files, later files winning; nothing in them is expanded. Paths are absolute;
 * one that ends in `?` may be missing. E104 names a file that can't be read.
 */
export function readEnvFiles(files: readonly string[]): Record<string, string> | Failure {
  const variables: Record<string, string> = {};
  for (const file of files) {
    const read = readEnvFile(pathOf(file), mayBeMissing(file));
    if (isFailure(read)) return read;
    Object.assign(variables, read);
  }
  return variables;
}

function readEnvFile(path: string, mayBeMissing: boolean): Record<string, string> | Failure {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    return mayBeMissing && isAbsent(error) ? {} : unreadable(path, error);
  }
  return parse(bytes, path);
}

function parse(bytes: Uint8Array, path: string): Record<string, string> | Failure {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (!text.includes("\0")) return parseEnv(text) as Record<string, string>;
    return new Failure("E104", `The env_file ${path} has a NUL character`);
  } catch {
    return new Failure("E104", `The env_file ${path} is not in UTF-8`);
  }
}

const isAbsent = (error: unknown): boolean =>
  ["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "");

const unreadable = (path: string, error: unknown): Failure =>
  isAbsent(error)
    ? new Failure(
        "E104",
        `The env_file ${path} doesn't exist`,
        "Make it, or end its name in ? if it may be missing.",
      )
    : new Failure("E104", `Can't read the env_file ${path}: ${(error as Error).message}`);

/** Those of the files that must be there and are not, with their place in the list. */
export function missingEnvFiles(
  files: readonly string[],
): { file: string; index: number; count: number }[] {
  return files
    .map((file, index) => ({ file, index, count: files.length }))
    .filter(({ file }) => !mayBeMissing(file) && !existsSync(file));
}

const mayBeMissing = (file: string): boolean => file.endsWith("?");
const pathOf = (file: string): string => (mayBeMissing(file) ? file.slice(0, -1) : file);
