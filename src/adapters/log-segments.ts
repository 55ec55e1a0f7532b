import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { rotatedNumbers } from "./log-output.ts";

const lineFeed = 10;

/** One file of a log, held open: a rotation or a removal doesn't take it away from its reader. */
export interface LogSegment {
  descriptor: number;
  inode: number;
  device: number;
  /** Bytes of whole lines when it was opened. */
  size: number;
}

/**
 * A task's log, rotated files included, as one run of bytes that begins with the oldest; as long as it was when it was
 * opened, and always ending with a whole line.
 */
export class LogSegments {
  readonly size: number;
  private readonly starts: number[];

  private constructor(readonly segments: readonly LogSegment[]) {
    let sum = 0;
    this.starts = segments.map(({ size }) => (sum += size) - size);
    this.size = sum;
  }

  static open(path: string): LogSegments {
    return new LogSegments(openAll(path));
  }

  close(): void {
    for (const { descriptor } of this.segments) closeSync(descriptor);
  }

  /** Fills `buffer` with the bytes from `offset`; returns how many there were. */
  read(buffer: Uint8Array, offset: number): number {
    let done = 0;
    for (let index = this.segmentAt(offset); index < this.segments.length; index++) {
      const { descriptor, size } = this.segments[index]!;
      const at = offset + done - this.starts[index]!;
      done += readFully(descriptor, buffer, done, Math.min(buffer.length - done, size - at), at);
      if (done === buffer.length) break;
    }
    return done;
  }

  /** How far each file has been read by whoever has read all of it. */
  progress(): LogProgress {
    return Object.fromEntries(this.segments.map((segment) => [identityOf(segment), segment.size]));
  }

  /** Where what is new begins, for whoever was so far. */
  unreadFrom(progress: LogProgress): number {
    for (const [index, segment] of this.segments.entries()) {
      const read = progress[identityOf(segment)] ?? 0;
      if (read < segment.size) return this.starts[index]! + read;
    }
    return this.size;
  }

  private segmentAt(offset: number): number {
    let index = this.starts.length - 1;
    while (index > 0 && this.starts[index]! > offset) index--;
    return Math.max(index, 0);
  }
}

/** Bytes read of each file of a log, by its identity. */
export type LogProgress = Record<string, number>;

/** So much of a file's first line tells it from another one: it begins with a time. */
const headSize = 256;

/** A deleted file's inode is soon another's; the first line stays as long as the file is the same. */
function identityOf({ descriptor, device, inode, size }: LogSegment): string {
  const head = Buffer.allocUnsafe(Math.min(size, headSize));
  const got = readFully(descriptor, head, 0, head.length, 0);
  const end = head.subarray(0, got).indexOf(lineFeed);
  const firstLine = head.subarray(0, end < 0 ? got : end);
  return `${device}.${inode}.${Bun.hash(firstLine).toString(36)}`;
}

/** Reads `length` bytes at `position`, fewer only at the end of the file. */
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
 * Oldest first. They are opened from the newest on: a rotation meanwhile moves files to higher numbers only, so it shows one
 * twice, or leaves a hole for a moment, but hides none.
 */
function openAll(path: string): LogSegment[] {
  const found: LogSegment[] = [];
  addUnlessThere(found, openSegment(path));
  for (let number = 1, misses = 0; ; number++) {
    const segment = openSegment(`${path}.${number}`);
    misses = segment === null ? misses + 1 : 0;
    addUnlessThere(found, segment);
    if (misses < 2) continue;
    const next = rotatedNumbers(path).find((other) => other > number);
    if (next === undefined) return found.toReversed();
    number = next - 1;
    misses = 0;
  }
}

function addUnlessThere(found: LogSegment[], segment: LogSegment | null): void {
  if (segment === null) return;
  const isThere = found.some(
    ({ inode, device }) => inode === segment.inode && device === segment.device,
  );
  if (isThere) closeSync(segment.descriptor);
  else found.push(segment);
}

/** Null where there is none, or none of ours: what isn't a regular file is no log. */
export function openSegment(path: string): LogSegment | null {
  let descriptor: number;
  try {
    // A FIFO without a writer would block.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return null;
    throw error;
  }
  const stat = fstatSync(descriptor);
  if (stat.isFile())
    return {
      descriptor,
      inode: stat.ino,
      device: stat.dev,
      size: wholeLines(descriptor, stat.size),
    };
  closeSync(descriptor);
  return null;
}

/** The size without an unfinished line at the end, which is being written just now. */
export function wholeLines(descriptor: number, size: number): number {
  const buffer = Buffer.allocUnsafe(4096);
  let end = size;
  while (end > 0) {
    const start = Math.max(0, end - buffer.length);
    const got = readFully(descriptor, buffer, 0, end - start, start);
    const last = got === 0 ? -1 : buffer.lastIndexOf(lineFeed, got - 1);
    if (last >= 0) return start + last + 1;
    end = start;
  }
  return 0;
}
