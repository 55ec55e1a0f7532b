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
import { readConfig } from "../domain/config-read.ts";
import type { Config } from "../domain/config.ts";
import { Failure, isFailure, type Problem } from "../domain/failure.ts";
import { problemFailure, readConfigText } from "./config-file.ts";
import { parseToml } from "./config-toml.ts";

/** A config file as an edit finds it. */
export interface ConfigText {
  /** Without a byte order mark. */
  text: string;
  /** What it says, paths as they are written. */
  config: Config;
}

/** The file as it is now; a Failure with all its problems where it is not a valid config. */
export async function loadConfigText(path: string): Promise<ConfigText | Failure> {
  const text = readConfigText(path);
  if (isFailure(text)) return text;
  const config = await configOf(text);
  return Array.isArray(config) ? problemFailure(path, config) : { text, config };
}

/** What a text says as a config, or all that is wrong with it. */
export async function configOf(text: string): Promise<Config | Problem[]> {
  const toml = await parseToml(text);
  if ("problem" in toml) return [toml.problem];
  const reading = await readConfig(toml.parsed, text);
  return "config" in reading ? reading.config : reading.problems;
}

/**
 * Replaces `before` by `after` at once, and only if the file still says `before`: else false, and nothing is changed.
 * A symbolic link stays one; mode, owner and byte order mark stay as they are. E900 if it can't be written.
 */
export function replaceConfigText(path: string, before: string, after: string): boolean | Failure {
  try {
    const file = realpathSync.native(path);
    // A rename would get past a file's own write protection.
    accessSync(file, constants.W_OK);
    const mark = byteOrderMark(file);
    const temporary = join(dirname(file), `.${basename(file)}.${process.pid}.tmp`);
    writeLike(statSync(file), temporary, mark + after);
    const isUntouched = readConfigText(path) === before;
    if (isUntouched) renameSync(temporary, file);
    else rmSync(temporary);
    return isUntouched;
  } catch (error) {
    return new Failure("E900", `Can't write ${path}: ${(error as Error).message}`);
  }
}

const byteOrderMark = (file: string): string =>
  readFileSync(file).subarray(0, 3).toString("hex") === "efbbbf" ? "\uFEFF" : "";

/** Writes a file that is on the disk, whole, when this returns: a config must survive a power cut. */
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

/** Only root can give a file away; another user's edit of a shared file is the user's own then. */
function keepOwner(fd: number, { uid, gid }: Stats): void {
  try {
    fchownSync(fd, uid, gid);
  } catch {}
}
