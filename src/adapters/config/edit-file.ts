import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { readConfig } from "../../domain/config/read.ts";
import type { Config } from "../../domain/config/config.ts";
import { type Failure, isFailure, type Problem } from "../../domain/failure.ts";
import { fileFailure } from "../../domain/system-error.ts";
import { problemFailure, readConfigText } from "./file.ts";
import { parseToml } from "./toml.ts";

/** A config file, read for an edit. */
export interface ConfigText {
  /** Without a byte order mark. */
  text: string;
  /** The parsed config, paths as written. */
  config: Config;
}

/** Reads a config file; a Failure with all its problems if it isn't valid. */
export async function loadConfigText(path: string): Promise<ConfigText | Failure> {
  const text = readConfigText(path);
  if (isFailure(text)) return text;
  const config = await configOf(text);
  return Array.isArray(config) ? problemFailure(path, config) : { text, config };
}

/** Parses a text as a config; returns the config or its problems. */
export async function configOf(text: string): Promise<Config | Problem[]> {
  const toml = await parseToml(text);
  if ("problem" in toml) return [toml.problem];
  const reading = await readConfig(toml.parsed, text);
  return "config" in reading ? reading.config : reading.problems;
}

/**
 * Replaces `before` by `after` atomically, if the file still contains `before`; otherwise returns false and changes
 * nothing. Keeps a symbolic link, the mode, the owner and the byte order mark. E106 if it can't be written.
 */
export function replaceConfigText(path: string, before: string, after: string): boolean | Failure {
  try {
    const file = realpathSync.native(path);
    // A rename would ignore that the file is read-only.
    accessSync(file, constants.W_OK);
    const mark = byteOrderMark(file);
    const temporary = join(dirname(file), `.${basename(file)}.${process.pid}.tmp`);
    writeLike(statSync(file), temporary, mark + after);
    const isUntouched = readConfigText(path) === before;
    if (isUntouched) renameSync(temporary, file);
    else rmSync(temporary);
    return isUntouched;
  } catch (error) {
    return fileFailure("write", path, error);
  }
}

const byteOrderMark = (file: string): string =>
  readFileSync(file).subarray(0, 3).toString("hex") === "efbbbf" ? "\uFEFF" : "";

/** Writes a file and syncs it to disk before returning: a config must survive a power failure. */
function writeLike(model: Stats, path: string, text: string): void {
  rmSync(path, { force: true });
  const fd = openSync(path, "wx", 0o600);
  try {
    writeFileSync(fd, text);
    keepOwner(fd, model);
    fchmodSync(fd, model.mode & 0o7777);
    fsyncSync(fd);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** Only root can change an owner. If another user edits a shared file, that user becomes its owner. */
function keepOwner(fd: number, { uid, gid }: Stats): void {
  try {
    fchownSync(fd, uid, gid);
  } catch {}
}
