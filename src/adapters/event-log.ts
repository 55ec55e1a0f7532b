import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { TaskmuxEvent } from "../domain/events.ts";
import { Failure } from "../domain/failure.ts";
import { countLines, endOfLines, readRange, startOfNewest } from "./event-lines.ts";
import { readJson, replaceFile, writeAll } from "./files.ts";
import { tryFlock } from "./libc.ts";
import { makePrivateDirectory, stateHome } from "./paths.ts";

/** `~/.taskmux/events.jsonl`: what happened in every session of this user. */
export const eventsPath = (): string => join(stateHome(), "events.jsonl");

/** Beyond so many lines the file is cut to the newest of them (contract, section 7). */
export const MOST_LINES = 15_000;
export const KEPT_LINES = 10_000;

/** So many bytes are counted anew with each append before the count is put on record. */
const COUNTED_ANEW = 16_384;

/** Who holds the lock has it for some 0.1 ms, a trim for some 10. One that was stopped meanwhile must stop nobody else. */
const PATIENCE = 1000;
const PAUSE = 0.2;

/**
 * The events file. It is its own lock (flock, so it dies with its holder), held until all is written: appends of many
 * processes come one after the other, and none comes between a trim's copy and its rename.
 */
export class EventLog {
  constructor(private readonly path = eventsPath()) {}

  /** Puts events on record, in some 0.1 ms; E900 if the file can't be written. */
  append(events: readonly TaskmuxEvent[]): Failure | null {
    const lines = events.map((event) => `${JSON.stringify(event)}\n`).join("");
    try {
      makePrivateDirectory(dirname(this.path));
      this.#write(lines);
      return null;
    } catch (error) {
      const why = (error as Error).message;
      return new Failure("E900", `Events can't be recorded in ${this.path}: ${why}`);
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

  /** The file that has the path now, with its lock; without it where nobody lets go of it. */
  #open(): { fd: number; isLocked: boolean } {
    const deadline = performance.now() + PATIENCE;
    const { O_RDWR, O_APPEND, O_CREAT } = constants;
    for (;;) {
      const fd = openSync(this.path, O_RDWR | O_APPEND | O_CREAT, 0o600);
      const isLocked = lockBefore(deadline, fd);
      if (!isLocked || this.#isStill(fd)) return { fd, isLocked };
      // It was trimmed, or deleted, while we waited.
      closeSync(fd);
    }
  }

  #isStill(fd: number): boolean {
    const now = statSync(this.path, { throwIfNoEntry: false });
    const own = fstatSync(fd);
    return now?.ino === own.ino && now.dev === own.dev;
  }

  #trimIfDue(fd: number): void {
    const stat = fstatSync(fd);
    // A line has a byte at least.
    if (stat.size <= MOST_LINES) return;
    try {
      if (this.#countLines(fd, stat) > MOST_LINES) this.#trim(fd, stat.size);
    } catch {
      // The event is on record. A full disk, say, leaves the file longer than it should be until the next one.
    }
  }

  get #countPath(): string {
    return `${this.path}.count`;
  }

  /** Counts what came since the last count on record; one of another file is void. */
  #countLines(fd: number, { ino, size }: Stats): number {
    const known = readCount(this.#countPath, ino, size);
    const lines = known.lines + countLines(fd, known.size, size);
    if (size - known.size > COUNTED_ANEW) {
      replaceFile(this.#countPath, JSON.stringify({ inode: ino, size, lines }));
    }
    return lines;
  }

  /** A crash anywhere in it leaves the old file or the new one, whole. */
  #trim(fd: number, size: number): void {
    const end = endOfLines(fd, size);
    const kept = readRange(fd, startOfNewest(fd, end, KEPT_LINES), size);
    const next = `${this.path}.new`;
    writeThrough(next, kept);
    rmSync(this.#countPath, { force: true });
    // Someone who was kept waiting too long may have written without the lock.
    if (fstatSync(fd).size === size && this.#isStill(fd)) renameSync(next, this.path);
  }
}

function lockBefore(deadline: number, fd: number): boolean {
  while (!tryFlock(fd)) {
    if (performance.now() >= deadline) return false;
    Bun.sleepSync(PAUSE);
  }
  return true;
}

/** What a crash or a full disk left of a line is ended first: it costs no other. */
function appendLines(fd: number, lines: string): void {
  const { size, mode } = fstatSync(fd);
  if ((mode & 0o077) !== 0) fchmodSync(fd, 0o600);
  const isTorn = size > 0 && readRange(fd, size - 1, size).toString() !== "\n";
  writeAll(fd, Buffer.from(isTorn ? `\n${lines}` : lines));
}

function writeThrough(path: string, bytes: Buffer): void {
  const fd = openSync(path, "w", 0o600);
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
