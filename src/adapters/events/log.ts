import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  renameSync,
  rmSync,
  type Stats,
} from "node:fs";
import { dirname, join } from "node:path";
import type { TaskmuxEvent } from "../../domain/events.ts";
import { type FileFailure, fileFailure } from "../../domain/system-error.ts";
import { countLines, endOfLines, readRange, startOfNewest } from "./lines.ts";
import { openOwn, readJson, replaceFile, writeAll } from "../system/files.ts";
import { isFileAt, lockBefore } from "../system/locked-file.ts";
import { makePrivateDirectory, stateHome } from "../system/paths.ts";

/** `~/.taskmux/events.jsonl`: the events of all sessions of this user. */
export const eventsPath = (): string => join(stateHome(), "events.jsonl");

/** When the file has more lines, it is trimmed to the newest of them. */
export const MOST_LINES = 15_000;
export const KEPT_LINES = 10_000;

/** Bytes that each append counts again, before the count is recorded. */
const MOST_RECOUNTED = 16_384;

/**
 * The lock is held for about 0.1 ms, or 10 ms during a trim. If its holder is suspended, others continue without it after this
 * time, ms.
 */
const LOCK_TIMEOUT = 1000;

/**
 * The events file. It is its own lock (an flock, released when its holder ends), held until everything is written: appends
 * of several processes don't mix, and no append is lost between a trim's copy and its rename.
 */
export class EventLog {
  readonly #path: string;

  constructor(path = eventsPath()) {
    this.#path = path;
  }

  /** Records events, in about 0.1 ms; E106 if the file can't be written. */
  append(events: readonly TaskmuxEvent[]): FileFailure | null {
    const lines = events.map((event) => `${JSON.stringify(event)}\n`).join("");
    try {
      makePrivateDirectory(dirname(this.#path));
      this.#write(lines);
      return null;
    } catch (error) {
      return fileFailure("record events in", this.#path, error);
    }
  }

  #write(lines: string): void {
    const { fd, isLocked } = this.#open();
    try {
      appendLines(fd, lines);
      if (isLocked) this.#trimIfDue(fd);
    } finally {
      closeSync(fd);
    }
  }

  /** Opens the current file and locks it; without the lock if its holder doesn't release it. */
  #open(): { fd: number; isLocked: boolean } {
    const deadline = performance.now() + LOCK_TIMEOUT;
    const { O_RDWR, O_APPEND, O_CREAT } = constants;
    for (;;) {
      const fd = openOwn(this.#path, O_RDWR | O_APPEND | O_CREAT);
      const isLocked = lockBefore(deadline, fd);
      if (!isLocked || isFileAt(this.#path, fd)) return { fd, isLocked };
      // The file was trimmed or deleted while this process waited.
      closeSync(fd);
    }
  }

  #trimIfDue(fd: number): void {
    const stat = fstatSync(fd);
    // A line has at least one byte.
    if (stat.size <= MOST_LINES) return;
    try {
      if (this.#countLines(fd, stat) > MOST_LINES) this.#trim(fd, stat.size);
    } catch {
      // The event is recorded. If the trim failed, on a full disk for example, the next append tries again.
    }
  }

  get #countPath(): string {
    return `${this.#path}.count`;
  }

  /** Counts the lines since the recorded count; a count for another file is ignored. */
  #countLines(fd: number, { ino, size }: Stats): number {
    const known = readCount(this.#countPath, ino, size);
    const lines = known.lines + countLines(fd, known.size, size);
    if (size - known.size > MOST_RECOUNTED) {
      replaceFile(this.#countPath, JSON.stringify({ inode: ino, size, lines }));
    }
    return lines;
  }

  /** Trims the file atomically: after a crash it is either the old or the new one. */
  #trim(fd: number, size: number): void {
    const end = endOfLines(fd, size);
    const kept = readRange(fd, startOfNewest(fd, end, KEPT_LINES), size);
    const next = `${this.#path}.new`;
    writeThrough(next, kept);
    rmSync(this.#countPath, { force: true });
    // A process that timed out waiting for the lock may have written without it.
    if (fstatSync(fd).size === size && isFileAt(this.#path, fd)) renameSync(next, this.#path);
  }
}

/** First ends a line that a crash or a full disk left incomplete, so that it spoils no other. */
function appendLines(fd: number, lines: string): void {
  const { size, mode } = fstatSync(fd);
  if ((mode & 0o077) !== 0) fchmodSync(fd, 0o600);
  const isTorn = size > 0 && readRange(fd, size - 1, size).toString() !== "\n";
  writeAll(fd, Buffer.from(isTorn ? `\n${lines}` : lines));
}

function writeThrough(path: string, bytes: Buffer): void {
  const { O_WRONLY, O_CREAT, O_TRUNC } = constants;
  const fd = openOwn(path, O_WRONLY | O_CREAT | O_TRUNC);
  try {
    writeAll(fd, bytes);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function readCount(path: string, inode: number, mostSize: number): { size: number; lines: number } {
  const known = readJson(path) as { inode: number; size: number; lines: number } | null;
  const isOfFile = known !== null && known.inode === inode && known.size <= mostSize;
  return isOfFile ? known : { size: 0, lines: 0 };
}
