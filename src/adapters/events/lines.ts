import { readSync } from "node:fs";

const LINE_FEED = 10;
const BLOCK = 1 << 16;

/** Reads the bytes from `from` to `to`, fewer at the end of the file. */
export function readRange(fd: number, from: number, to: number): Buffer {
  const bytes = Buffer.allocUnsafe(Math.max(0, to - from));
  let done = 0;
  while (done < bytes.length) {
    const got = readSync(fd, bytes, done, bytes.length - done, from + done);
    if (got === 0) break;
    done += got;
  }
  return bytes.subarray(0, done);
}

/** The number of line ends between two offsets. */
export function countLines(fd: number, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; at += BLOCK) {
    const block = readRange(fd, at, Math.min(at + BLOCK, to));
    for (let end = block.indexOf(LINE_FEED); end >= 0; end = block.indexOf(LINE_FEED, end + 1))
      count++;
  }
  return count;
}

/** The end of the last complete line. */
export function endOfLines(fd: number, size: number): number {
  for (let end = size; end > 0; end -= BLOCK) {
    const start = Math.max(0, end - BLOCK);
    const last = readRange(fd, start, end).lastIndexOf(LINE_FEED);
    if (last >= 0) return start + last + 1;
  }
  return 0;
}

/** Blocks of whole lines before `end` (which is the end of a line), newest first. Lines may have any length. */
export function* blocksBackward(fd: number, end: number): Generator<Buffer, void> {
  let tail: Buffer = Buffer.alloc(0);
  for (let to = end; to > 0; to -= BLOCK) {
    const from = Math.max(0, to - BLOCK);
    const block = Buffer.concat([readRange(fd, from, to), tail]);
    const start = from === 0 ? 0 : block.indexOf(LINE_FEED) + 1;
    // The line that begins before the block belongs to the next block, with its line feed.
    tail = block.subarray(0, start);
    if (start < block.length) yield block.subarray(start);
  }
}

/** The lines of {@link blocksBackward}, newest first. */
export function* linesBackward(fd: number, end: number): Generator<string, void> {
  for (const block of blocksBackward(fd, end)) {
    yield* block
      .toString("utf8", 0, block.length - 1)
      .split("\n")
      .toReversed();
  }
}

/** The offset of the newest `count` lines before `end`. */
export function startOfNewest(fd: number, end: number, count: number): number {
  let offset = end;
  let left = count;
  for (const block of blocksBackward(fd, end)) {
    for (let at = block.length; at > 0; left--) {
      if (left === 0) return offset;
      const start = at < 2 ? 0 : block.lastIndexOf(LINE_FEED, at - 2) + 1;
      offset -= at - start;
      at = start;
    }
  }
  return offset;
}
