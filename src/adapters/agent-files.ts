import {
  chmodSync,
  existsSync,
  lstatSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { Failure } from "../domain/failure.ts";

const LARGEST = 4 * 1024 * 1024;

/** A context file of an agent; `text` has one character for each byte, null where there is no file yet. */
export interface ContextFile {
  /** The file that is written: where its name is a symbolic link, what that leads to. */
  target: string;
  text: string | null;
  mode: number | null;
}

/** Whether an agent's program is in PATH. */
export const hasProgram = (name: string): boolean => Bun.which(name) !== null;

/** The context file of this name in a project's directory; E106 for one that must not or can't be written. */
export function readContextFile(directory: string, name: string): ContextFile | Failure {
  const path = join(directory, name);
  try {
    const link = lstatSync(path, { throwIfNoEntry: false });
    if (link === undefined) return { target: path, text: null, mode: null };
    const target = realpathSync(path);
    return isWithin(target, projectRoot(directory))
      ? readTarget(target, path)
      : strange(path, target);
  } catch (error) {
    return unwritable(path, error);
  }
}

function readTarget(target: string, path: string): ContextFile | Failure {
  const file = statSync(target);
  if (!file.isFile()) return new Failure("E106", `${path} is no file`);
  if (file.size > LARGEST) return new Failure("E106", `${path} is larger than 4 MB`);
  const text = readFileSync(target, "latin1");
  if (text.includes("\0")) return new Failure("E106", `${path} is no text in UTF-8`);
  return { target, text, mode: file.mode & 0o7777 };
}

/** Puts another text (one character for each byte) in place of it, at once; keeps its mode. */
export function writeContextFile({ target, mode }: ContextFile, text: string): Failure | null {
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
  try {
    writeFileSync(temporary, text, { encoding: "latin1", flag: "wx" });
    if (mode !== null) chmodSync(temporary, mode);
    renameSync(temporary, target);
    return null;
  } catch (error) {
    // One that was there before us is another's.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") rmSync(temporary, { force: true });
    return unwritable(target, error);
  }
}

/** A stranger's repository must not choose which file of this user's we write into. */
const strange = (path: string, target: string): Failure =>
  new Failure(
    "E106",
    `${path} leads out of the project, to ${target}`,
    "Put a file in its place, and run `taskmux inject`.",
  );

const unwritable = (path: string, error: unknown): Failure =>
  new Failure("E106", `Can't write ${path}: ${(error as Error).message}`);

/** The directory of the repository that a directory belongs to, else itself. */
function projectRoot(directory: string): string {
  for (let at = directory; at !== dirname(at); at = dirname(at)) {
    if (existsSync(join(at, ".git"))) return at;
  }
  return directory;
}

const isWithin = (path: string, directory: string): boolean =>
  path.startsWith(join(directory, "/"));
