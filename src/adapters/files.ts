import {
  closeSync,
  constants,
  existsSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { swapFiles } from "./libc.ts";

/** The text of a small file, or null if it can't be read. */
export function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

/** The text of a file that is hardly ever there: a read that throws is dear, 15 µs. */
export const readRare = (path: string): string | null => (existsSync(path) ? readText(path) : null);

/** The value of a small JSON file, or null if it can't be read or is torn. */
export function readJson(path: string): unknown {
  const text = readText(path);
  return text === null ? null : parseJson(text);
}

/** The value of a JSON text, or null if it is torn. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

let temporaryNames = 0;

/**
 * As {@link replaceFile}, for a file that only one process at a time replaces (under a lock). The old text stays as a
 * spare that the next is written to: an unlink, or a rename over a file, takes ext4 1 ms, an exchange 10 µs.
 */
export function replaceOwnFile(path: string, text: string): void {
  const spare = `${path}.spare`;
  const fd = openSync(spare, constants.O_RDWR | constants.O_CREAT, 0o600);
  const bytes = Buffer.from(text);
  try {
    writeAll(fd, bytes, 0);
    ftruncateSync(fd, bytes.length);
  } finally {
    closeSync(fd);
  }
  if (!swapFiles(spare, path)) renameSync(spare, path);
}

/** Writes all of it or throws: on a disk that is nearly full a write may take only a part. `position` null: at the end. */
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

/** Replaces a file at once, mode 0600: a reader sees the old text or the new, never a part. */
export function replaceFile(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.${++temporaryNames}.tmp`;
  writeFileSync(temporary, text, { mode: 0o600 });
  // Renamed over another, a file is written out to the disk by ext4 and btrfs, and the rename waits: up to 1 ms each.
  // What these files say need not survive a power cut.
  if (swapFiles(temporary, path)) unlinkSync(temporary);
  else renameSync(temporary, path);
}

/** Removes what {@link replaceFile} has left in a directory where it was interrupted for good. */
export function removeUnfinished(directory: string): void {
  for (const name of namesIn(directory)) {
    const writer = /\.(\d+)\.\d+\.tmp$/.exec(name)?.[1];
    if (writer && !isThere(Number(writer))) rmSync(`${directory}/${name}`, { force: true });
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** Whether any process has this pid: one that took it over only keeps a file for a while longer. */
function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** When a file was last written, as epoch ms, or null if it isn't there. */
export function modifiedAt(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? null;
}
