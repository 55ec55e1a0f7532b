import { closeSync, constants, fstatSync, readSync } from "node:fs";
import { withLogLock } from "./lock.ts";
import { rotatedNumbers } from "./output.ts";
import { isRefusal, openRegular } from "../system/regular-file.ts";

const LINE_FEED = 10;

/**
 * Bytes of a line that are read together. Lines of the log hub are shorter; a file that isn't text may have longer ones.
 */
export const LONGEST_LINE = 1 << 18;

/** An open file of a log: its reader keeps it through rotation and removal. */
export interface LogSegment {
  descriptor: number;
  inode: number;
  device: number;
  /** Bytes of whole lines when it was opened. */
  size: number;
}

/**
 * A task's log with its rotated files as one sequence of bytes, oldest first. The size is fixed when it is opened, at the
 * end of a line.
 */
export class LogSegments {
  readonly size: number;
  readonly #starts: number[];

  private constructor(readonly segments: readonly LogSegment[]) {
    let sum = 0;
    this.#starts = segments.map(({ size }) => (sum += size) - size);
    this.size = sum;
  }

  static none(): LogSegments {
    return new LogSegments([]);
  }

  static open(path: string): LogSegments {
    return new LogSegments(openAll(path));
  }

  close(): void {
    for (const { descriptor } of this.segments) closeSync(descriptor);
  }

  /** Fills `buffer` from `offset`; returns the number of bytes. */
  read(buffer: Uint8Array, offset: number): number {
    let done = 0;
    for (let index = this.#segmentAt(offset); index < this.segments.length; index++) {
      const { descriptor, size } = this.segments[index]!;
      const at = offset + done - this.#starts[index]!;
      done += readFully(descriptor, buffer, done, Math.min(buffer.length - done, size - at), at);
      if (done === buffer.length) break;
    }
    return done;
  }

  /** The progress of a reader that has read all of it. */
  progress(): LogProgress {
    return Object.fromEntries(this.segments.map((segment) => [identityOf(segment), segment.size]));
  }

  /** The offset of what is new to a reader with this progress. */
  unreadFrom(progress: LogProgress): number {
    for (const [index, segment] of this.segments.entries()) {
      const read = progress[identityOf(segment)] ?? 0;
      if (read < segment.size) return this.#starts[index]! + read;
    }
    return this.size;
  }

  /**
   * Whether files with unread lines may have been rotated away: the newest file that the reader has read is gone. If only
   * one file is left, the log was deleted on purpose.
   */
  hasLost(progress: LogProgress): boolean {
    // An unread file may be recorded with a first line that has changed since.
    const newest = Object.keys(progress).findLast((identity) => progress[identity]! > 0);
    if (newest === undefined || this.segments.length < 2) return false;
    return !this.segments.some((segment) => identityOf(segment) === newest);
  }

  #segmentAt(offset: number): number {
    let index = this.#starts.length - 1;
    while (index > 0 && this.#starts[index]! > offset) index--;
    return Math.max(index, 0);
  }
}

/** Bytes read of each file of a log, by the file's identity. */
export type LogProgress = Record<string, number>;

/** Number of bytes at the start of a file that identify it: they include a time. */
const HEAD_SIZE = 256;

/** The inode of a deleted file is soon reused; the first line stays the same as long as the file exists. */
function identityOf({ descriptor, device, inode, size }: LogSegment): string {
  const head = Buffer.allocUnsafe(Math.min(size, HEAD_SIZE));
  const got = readFully(descriptor, head, 0, head.length, 0);
  const end = head.subarray(0, got).indexOf(LINE_FEED);
  const firstLine = head.subarray(0, end < 0 ? got : end);
  return `${device}.${inode}.${Bun.hash(firstLine).toString(36)}`;
}

/** Reads `length` bytes at `position`; fewer only at the end of the file. */
export function readFully(
  descriptor: number,
  buffer: Uint8Array,
  start: number,
  length: number,
  position: number,
): number {
  let done = 0;
  while (done < length) {
    const size = readSync(descriptor, buffer, start + done, length - done, position + done);
    if (size === 0) break;
    done += size;
  }
  return done;
}

/**
 * Opens the files, oldest first. The lock prevents a rotation in between. Without the lock a file may be opened twice, since
 * they are opened from the newest on, and a rotation moves them to higher numbers.
 */
function openAll(path: string): LogSegment[] {
  return withLogLock(path, "together", () => {
    const found: LogSegment[] = [];
    addUnlessThere(found, openSegment(path));
    for (const number of rotatedNumbers(path))
      addUnlessThere(found, openSegment(`${path}.${number}`));
    return found.toReversed();
  });
}

function addUnlessThere(found: LogSegment[], segment: LogSegment | null): void {
  if (segment === null) return;
  const isThere = found.some(
    ({ inode, device }) => inode === segment.inode && device === segment.device,
  );
  if (isThere) closeSync(segment.descriptor);
  else found.push(segment);
}

/** Null if there is no file, or it isn't a regular one. */
function openSegment(path: string): LogSegment | null {
  const descriptor = openRegular(path, constants.O_RDONLY);
  if (isRefusal(descriptor)) return null;
  const { ino: inode, dev: device, size } = fstatSync(descriptor);
  return { descriptor, inode, device, size: wholeLines(descriptor, size) };
}

/**
 * The size without an incomplete line at the end. If there is no line feed for a long way, as in a sparse file, it isn't
 * text, and the whole size counts.
 */
function wholeLines(descriptor: number, size: number): number {
  const buffer = Buffer.allocUnsafe(4096);
  const lowest = Math.max(0, size - LONGEST_LINE);
  let end = size;
  while (end > lowest) {
    const start = Math.max(0, end - buffer.length);
    const got = readFully(descriptor, buffer, 0, end - start, start);
    const last = got === 0 ? -1 : buffer.lastIndexOf(LINE_FEED, got - 1);
    if (last >= 0) return start + last + 1;
    end = start;
  }
  return lowest === 0 ? 0 : size;
}
