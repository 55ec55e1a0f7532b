import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { swapFiles } from "./libc.ts";

/** Maximum number of bytes read from a file. */
const LARGEST = 4 * 1024 * 1024;

/** The text of a small file; null if it can't be read, or isn't a regular file. Never blocks on a FIFO. */
export function readText(path: string): string | null {
  try {
    return readRegularText(path);
  } catch {
    return null;
  }
}

/**
 * The text of one of taskmux's own files; null only if it doesn't exist. Throws if it can't be read: treating an unreadable
 * record as missing would launch a task twice.
 */
export function readRecord(path: string): string | null {
  try {
    return readRegularText(path);
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

function readRegularText(path: string): string {
  return withPath(path, () => {
    const { fd, size } = openSized(path, constants.O_RDONLY);
    try {
      if (size > LARGEST) throw systemError("EFBIG", "read");
      return readAll(fd, size).toString("utf8");
    } finally {
      closeSync(fd);
    }
  });
}

/**
 * Opens one of taskmux's own files without blocking, in case it was replaced by a FIFO. Throws on an error, and if it isn't
 * a regular file. `flags` as for open(2).
 */
export const openOwn = (path: string, flags: number): number =>
  withPath(path, () => openSized(path, flags).fd);

function openSized(path: string, flags: number): { fd: number; size: number } {
  const fd = openSync(path, flags | constants.O_NONBLOCK | constants.O_NOCTTY, 0o600);
  const stat = fstatSync(fd);
  if (stat.isFile()) return { fd, size: stat.size };
  closeSync(fd);
  throw systemError("ENOTREG", "open");
}

/** A status reads hundreds of small files, and `readFileSync` asks for the size again. Files of /proc say 0. */
function readAll(fd: number, size: number): Buffer {
  const bytes = Buffer.allocUnsafe(Math.max(size, 511) + 1);
  const length = readSync(fd, bytes, 0, bytes.length, 0);
  // Full: there may be more.
  return length < bytes.length ? bytes.subarray(0, length) : readFileSync(fd);
}

const systemError = (code: string, syscall: string): Error =>
  Object.assign(new Error(code), { code, syscall });

/** Adds the path to errors of calls that get a descriptor. */
export function withPath<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof Error && "syscall" in error) Object.assign(error, { path });
    throw error;
  }
}

/** Whether an error means that the file doesn't exist. */
export const isAbsent = (error: unknown): boolean =>
  ["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "");

/** Whether nothing is at a path, links followed; false if that can't be told, for example without permission. */
export function isMissing(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) === undefined;
  } catch (error) {
    return isAbsent(error);
  }
}

/** {@link readRecord} for a file that rarely exists: a failing read takes 15 µs. */
export const readRare = (path: string): string | null =>
  existsSync(path) ? readRecord(path) : null;

/** The value of one of taskmux's JSON files; null if it is missing or incomplete. */
export function readJson(path: string): unknown {
  const text = readRecord(path);
  return text === null ? null : parseJson(text);
}

/** The value of a JSON text; null if it is incomplete. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

let temporaryNames = 0;

/** Spare files that are still to be made, each with a text of its size. */
const missingSpares = new Map<string, string>();

/**
 * Like {@link replaceFile}, for a file that only one process at a time replaces (under a lock). The old file is kept as a
 * spare for the next text: on ext4 an unlink, or a rename over a file, takes 1 ms, an exchange 10 µs. The first spare is
 * made at once, or `before release` of the lock, by {@link makeMissingSpares}: a new file takes 0.05-0.5 ms on ext4.
 */
export function replaceOwnFile(
  path: string,
  text: string,
  firstSpare: "at once" | "before release" = "at once",
): void {
  const spare = `${path}.spare`;
  missingSpares.delete(spare);
  withPath(path, () => {
    overwrite(spare, text);
    if (swapFiles(spare, path)) return;
    renameSync(spare, path);
    if (firstSpare === "at once") keepRoom(spare, text);
    else missingSpares.set(spare, text);
  });
}

/** Makes the spare files that are missing below a directory; the lock of its files must be held. */
export function makeMissingSpares(directory: string): void {
  for (const [spare, text] of missingSpares) {
    if (!spare.startsWith(`${directory}/`)) continue;
    missingSpares.delete(spare);
    keepRoom(spare, text);
  }
}

/** Checks that {@link replaceOwnFile} can write a text of the same length as the current one; throws its error otherwise. */
export function makeRoom(path: string): void {
  withPath(path, () => overwrite(`${path}.spare`, readText(path) ?? ""));
}

/** Allocates the spare file now, so that the next text fits even on a full disk. */
function keepRoom(spare: string, text: string): void {
  try {
    overwrite(spare, text);
  } catch {
    // The text itself was written.
  }
}

function overwrite(path: string, text: string): void {
  const fd = openOwn(path, constants.O_RDWR | constants.O_CREAT);
  const bytes = Buffer.from(text);
  try {
    writeAll(fd, bytes, 0);
    ftruncateSync(fd, bytes.length);
  } finally {
    closeSync(fd);
  }
}

/** Writes all bytes or throws: on a nearly full disk a write may be partial. `position` null: at the end. */
export function writeAll(fd: number, bytes: Uint8Array, position: number | null = null): void {
  for (let done = 0; done < bytes.length;) {
    done += writeSync(
      fd,
      bytes,
      done,
      bytes.length - done,
      position === null ? null : position + done,
    );
  }
}

/** Replaces a file atomically, mode 0600: a reader sees the old or the new text, never a part. */
export function replaceFile(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.${++temporaryNames}.tmp`;
  try {
    withPath(path, () => writeFileSync(temporary, text, { mode: 0o600 }));
  } catch (error) {
    removeIfPossible(temporary);
    throw error;
  }
  // A rename over another file waits on ext4 and btrfs until the data is on disk, up to 1 ms. These files need not survive
  // a power failure.
  if (swapFiles(temporary, path)) unlinkSync(temporary);
  else renameSync(temporary, path);
}

/** Removes temporary files of interrupted calls of {@link replaceFile}, as far as possible. */
export function removeUnfinished(directory: string): void {
  for (const name of namesIn(directory)) {
    const writer = /\.(\d+)\.\d+\.tmp$/.exec(name)?.[1];
    if (writer && !isPidUsed(Number(writer))) removeIfPossible(`${directory}/${name}`);
  }
}

function removeIfPossible(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // For example on a read-only file system.
  }
}

/** Removes a directory if it is there and empty. */
export function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (!isAbsent(error) && !["ENOTEMPTY", "EEXIST"].includes(code)) throw error;
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** Whether a process has this pid. If the pid was reused, a file is only kept longer. */
function isPidUsed(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** When a file was last written, epoch ms; null if it doesn't exist. */
export function modifiedAt(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? null;
}

/** The identity of the file at a path. Includes more than its time, since a file system's clock may be coarse. */
export function fileAt(path: string): string | null {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat ? `${stat.ino} ${stat.mtimeMs}` : null;
}
