import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { Failure } from "../../domain/failure.ts";
import { fileFailure } from "../../domain/system-error.ts";
import { shellWord } from "../../domain/values/shell-word.ts";
import { isRefusal, readRegular } from "../system/regular-file.ts";

const LARGEST = 4 * 1024 * 1024;

/** A file of an agent in a project. `text` has one character per byte, null if there is no file yet. */
export interface ContextFile {
  /** The file to write: the target if the name is a symbolic link. */
  target: string;
  text: string | null;
  mode: number | null;
}

/** Whether an agent's program is in PATH. */
export const hasProgram = (name: string): boolean => Bun.which(name) !== null;

/** Reads a file of an agent, named relative to a project's directory; E106 if it can't or must not be written. */
export function readContextFile(directory: string, name: string): ContextFile | Failure {
  const path = join(directory, name);
  try {
    const link = lstatSync(path, { throwIfNoEntry: false });
    if (link === undefined) return newFile(directory, path);
    const target = realpathSync(path);
    return isWithin(target, projectRoot(directory))
      ? readTarget(target, path)
      : strange(path, target);
  } catch (error) {
    return unwritable(path, error);
  }
}

/** Its directory may be missing, or a link to one outside of the project. */
function newFile(directory: string, path: string): ContextFile | Failure {
  let known = dirname(path);
  while (!existsSync(known) && known !== dirname(known)) known = dirname(known);
  const target = join(realpathSync(known), relative(known, path));
  const root = projectRoot(realpathSync(directory));
  return isWithin(target, root) ? { target, text: null, mode: null } : strange(path, target);
}

function readTarget(target: string, path: string): ContextFile | Failure {
  const bytes = readRegular(target, { limit: LARGEST });
  if (isRefusal(bytes)) return new Failure("E106", `Can't read ${path}: ${bytes.reason}`);
  const text = bytes.toString("latin1");
  if (text.includes("\0")) return new Failure("E106", `${path} is not UTF-8 text`);
  return { target, text, mode: statSync(target).mode & 0o7777 };
}

/**
 * Replaces the text (one character per byte) atomically, and keeps the mode; makes its directory. E106 for a file that
 * nobody may write: replacing it would need no permission.
 */
export function writeContextFile({ target, mode }: ContextFile, text: string): Failure | null {
  if (mode !== null && (mode & 0o222) === 0)
    return new Failure(
      "E106",
      `${target} is read-only`,
      `To let taskmux change it: chmod u+w ${shellWord(target)}`,
    );
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
  try {
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(temporary, text, { encoding: "latin1", flag: "wx" });
    if (mode !== null) chmodSync(temporary, mode);
    renameSync(temporary, target);
    return null;
  } catch (error) {
    // An existing temporary file belongs to another process.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") rmSync(temporary, { force: true });
    return unwritable(target, error);
  }
}

/** A cloned repository must not direct writes to a file outside of it. */
const strange = (path: string, target: string): Failure =>
  new Failure(
    "E106",
    `${path} links to a file outside of the project: ${target}`,
    "Replace it with a regular file, then try again.",
  );

const unwritable = (path: string, error: unknown): Failure => fileFailure("write", path, error);

/** The root of the repository that a directory belongs to, or the directory itself. */
function projectRoot(directory: string): string {
  for (let at = directory; at !== dirname(at); at = dirname(at)) {
    if (existsSync(join(at, ".git"))) return at;
  }
  return directory;
}

const isWithin = (path: string, directory: string): boolean =>
  path.startsWith(join(directory, "/"));
