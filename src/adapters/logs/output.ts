import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { withLogLock } from "./lock.ts";
import { isRefusal, openRegular } from "../system/regular-file.ts";

export interface LogOutputSettings {
  /** Absolute. */
  path: string;
  /** Bytes; the file is rotated before it would exceed this. */
  maxSize: number;
  /** Rotated files to keep. */
  maxFiles: number;
  /** The file is in taskmux's own directory: a symbolic link there is an attack, and isn't followed. */
  isOurs: boolean;
}

const LINE_FEED = 10;

/**
 * The file of a task's log: appends whole lines, rotates, and continues in a new file if this one is removed. Several tasks
 * or sessions may share a `log_file`: one at a time rotates it, and the others continue in the new file.
 */
export class LogOutput {
  #descriptor = -1;
  #inode = -1;
  #device = -1;
  #size = 0;
  /** Whether the file contains any line of this log. */
  hasWritten = false;

  constructor(readonly settings: LogOutputSettings) {}

  /**
   * Appends lines; `bytes` ends with a line feed. Returns the number of bytes written, always whole lines. Throws the file
   * system's error once nothing more can be written.
   */
  append(bytes: Uint8Array): number {
    let done = 0;
    try {
      while (done < bytes.length) done += this.#appendSome(bytes, done);
    } catch (error) {
      if (done === 0) throw error;
    }
    return done;
  }

  /** Appends as many lines as fit into one file; returns 0 if it had to be rotated. */
  #appendSome(bytes: Uint8Array, start: number): number {
    const { path } = this.settings;
    // A shared file must keep its name until the lines are in it.
    const done = withLogLock(path, "together", () => this.#writeFitting(bytes, start));
    if (done === 0) withLogLock(path, "alone", () => this.#rotate());
    return done;
  }

  #writeFitting(bytes: Uint8Array, start: number): number {
    this.#open();
    const end = this.#endOfFit(bytes, start);
    return end > start ? this.#write(bytes.subarray(start, end)) : 0;
  }

  /** Adds the line feed that is missing if a writer was killed in the middle of its write. Throws as {@link append}. */
  finishTornLine(): void {
    withLogLock(this.settings.path, "alone", () => {
      this.#open();
      if (this.#size > 0 && lastByte(this.settings.path, this.#size) !== LINE_FEED)
        this.#write(Uint8Array.of(LINE_FEED));
    });
  }

  close(): void {
    if (this.#descriptor >= 0) closeSync(this.#descriptor);
    this.#descriptor = -1;
  }

  /**
   * Opens the file if needed: one stat before each write detects rotation, removal and `logs-clean`, and gives the size.
   */
  #open(): void {
    const { path } = this.settings;
    const found = statSync(path, { throwIfNoEntry: false });
    const isSame = found?.ino === this.#inode && found.dev === this.#device;
    if (this.#descriptor >= 0 && isSame) {
      this.#size = found.size;
      return;
    }
    this.close();
    const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants;
    const flags = O_WRONLY | O_APPEND | O_CREAT | (this.settings.isOurs ? O_NOFOLLOW : 0);
    if (found === undefined) this.#makeDirectory();
    const descriptor = openRegular(path, flags);
    if (isRefusal(descriptor)) throw new Error(descriptor.reason);
    this.#descriptor = descriptor;
    const opened = fstatSync(descriptor);
    this.#inode = opened.ino;
    this.#device = opened.dev;
    this.#size = opened.size;
  }

  #makeDirectory(): void {
    const { path, isOurs } = this.settings;
    const directory = path.slice(0, path.lastIndexOf("/"));
    if (directory !== "")
      mkdirSync(directory, isOurs ? { recursive: true, mode: 0o700 } : { recursive: true });
  }

  /** The end of the lines that fit into this file. A line longer than any file gets a file to itself. */
  #endOfFit(bytes: Uint8Array, start: number): number {
    const room = this.settings.maxSize - this.#size;
    if (bytes.length - start <= room) return bytes.length;
    const end = room > 0 ? bytes.lastIndexOf(LINE_FEED, start + room - 1) + 1 : 0;
    if (end > start) return end;
    return this.#size === 0 ? bytes.indexOf(LINE_FEED, start) + 1 : start;
  }

  /** Writes all lines, or those before the disk was full: an incomplete line is removed again. */
  #write(lines: Uint8Array): number {
    let done = 0;
    try {
      while (done < lines.length) {
        done += writeSync(this.#descriptor, lines, done);
      }
    } catch (error) {
      const whole = done === 0 ? 0 : lines.lastIndexOf(LINE_FEED, done - 1) + 1;
      if (done > whole) this.#takeBack(done - whole);
      if (whole === 0) throw error;
      done = whole;
    }
    this.#size += done;
    this.hasWritten ||= done > 0;
    return done;
  }

  #takeBack(bytes: number): void {
    try {
      ftruncateSync(this.#descriptor, fstatSync(this.#descriptor).size - bytes);
    } catch {
      // The incomplete line stays; it is written again in full after it.
    }
  }

  #rotate(): void {
    const { path, maxFiles } = this.settings;
    const inode = statSync(path, { throwIfNoEntry: false })?.ino;
    if (inode !== this.#inode) return;
    for (const number of rotatedNumbers(path).toReversed()) {
      if (number >= maxFiles) rmSync(`${path}.${number}`, { force: true });
      else renameIfThere(`${path}.${number}`, `${path}.${number + 1}`);
    }
    if (maxFiles > 0) renameIfThere(path, `${path}.1`);
    else rmSync(path, { force: true });
  }
}

/** The last byte of a regular file; null if it can't be read. */
function lastByte(path: string, size: number): number | null {
  const descriptor = openRegular(path, constants.O_RDONLY);
  if (isRefusal(descriptor)) return null;
  try {
    const byte = Buffer.alloc(1, LINE_FEED);
    return readSync(descriptor, byte, 0, 1, size - 1) === 1 ? byte[0]! : null;
  } finally {
    closeSync(descriptor);
  }
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

/** The numbers of a log's rotated files, ascending: 1 is the newest. */
export function rotatedNumbers(path: string): number[] {
  const slash = path.lastIndexOf("/");
  const prefix = `${path.slice(slash + 1)}.`;
  const numbers: number[] = [];
  for (const name of namesIn(path.slice(0, slash) || "/")) {
    const number = name.startsWith(prefix) ? name.slice(prefix.length) : "";
    if (/^[1-9][0-9]{0,5}$/.test(number)) numbers.push(Number(number));
  }
  return numbers.sort((a, b) => a - b);
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
