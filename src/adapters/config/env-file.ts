import { existsSync, type Stats } from "node:fs";
import { parseDotenv } from "../../domain/config/dotenv.ts";
import { Failure, isFailure } from "../../domain/failure.ts";
import { type Lookup, lookupIn } from "../../domain/config/interpolate.ts";
import { isAbsent } from "../system/files.ts";
import { type FileRefusal, isRefusal, readRegular } from "../system/regular-file.ts";

/** Bytes. */
const LARGEST = 1024 * 1024;

type Variables = Record<string, string>;

/** A dotenv file that was read; `stat` is of the file that was opened. */
export interface EnvFile {
  /** Absolute. */
  path: string;
  text: string;
  stat: Stats;
}

/**
 * Reads the variables of dotenv files; later files win. Values may refer to `known` and to earlier variables. Paths are
 * absolute; a file whose path ends in `?` may be missing. E104 names a file that can't be read. `onRead` gets each file.
 */
export function readEnvFiles(
  files: readonly string[],
  known: Readonly<Variables>,
  onRead: (file: EnvFile) => void = () => {},
): Variables | Failure {
  const variables: Variables = {};
  for (const file of files) {
    const read = readEnvFile(file);
    if (isFailure(read)) return read;
    if (read === null) continue;
    onRead(read);
    const parsed = parse(read, lookupIn(known, variables));
    if (isFailure(parsed)) return parsed;
    Object.assign(variables, parsed);
  }
  return variables;
}

/** Reads a dotenv file; null if it is missing and may be, E104 if it can't be read. */
export function readEnvFile(file: string): EnvFile | null | Failure {
  const path = pathOf(file);
  let stat: Stats | undefined;
  const bytes = readRegular(path, { limit: LARGEST, onOpen: (opened) => (stat = opened) });
  if (isRefusal(bytes)) {
    return mayBeMissing(file) && isAbsent(bytes) ? null : unreadable(path, bytes);
  }
  const text = decode(bytes);
  if (text === null) return new Failure("E104", `The env_file ${path} is not in UTF-8`);
  if (text.includes("\0")) return new Failure("E104", `The env_file ${path} has a NUL character`);
  return { path, text, stat: stat! };
}

function parse({ path, text }: EnvFile, lookup: Lookup): Variables | Failure {
  const { variables, error } = parseDotenv(text, lookup);
  if (error === null) return variables;
  return new Failure("E104", `The env_file ${path}, line ${error.line}: ${error.reason}`);
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

const unreadable = (path: string, refusal: FileRefusal): Failure =>
  isAbsent(refusal)
    ? new Failure(
        "E104",
        `The env_file ${path} doesn't exist`,
        "Create it, or add ? to its name if it may be missing.",
      )
    : new Failure("E104", `Can't read the env_file ${path}: ${refusal.reason}`);

/** The required files that are missing, with their index in the list. */
export function missingEnvFiles(
  files: readonly string[],
): { file: string; index: number; count: number }[] {
  return files
    .map((file, index) => ({ file, index, count: files.length }))
    .filter(({ file }) => !mayBeMissing(file) && !existsSync(file));
}

const mayBeMissing = (file: string): boolean => file.endsWith("?");

/** The path of an `env_file` of the config, which may end in `?`. */
export const pathOf = (file: string): string => (mayBeMissing(file) ? file.slice(0, -1) : file);
