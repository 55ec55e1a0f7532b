import { stampLength, withoutColour } from "../domain/log-line.ts";
import type { LogEntry, LogOrder } from "../domain/log-merge.ts";
import type { LogPattern } from "../domain/log-pattern.ts";
import { type LogSearch, logSearch, type Span } from "./log-search.ts";
import { type LogProgress, LogSegments } from "./log-segments.ts";

const lineFeed = 10;
const space = 0x20;
const smallBlock = 65536;
/** As strings, smaller ones are three times as dear. */
const largeBlock = 1 << 20;
/** Bytes between two places that are looked at line by line. */
const bisectLimit = 512;
/** Bytes read at a place: a few lines. */
const windowSize = 1024;
const firstStamp = "0000-01-01T00:00:00.000";

/** A run of whole lines of a log; `bytes` is valid until the next one is read. */
interface Block {
  bytes: Buffer;
  offset: number;
}

/** A task's log as it is now, read by content and by time at a cost that grows with the answer, not with the log. */
export class LogFile {
  private readonly segments: LogSegments;

  constructor(
    readonly task: string,
    path: string,
  ) {
    this.segments = LogSegments.open(path);
  }

  /** Bytes, rotated files included. */
  get size(): number {
    return this.segments.size;
  }

  /** The file that is written to now, and how much of it is in `size`; null where there is none yet. */
  get newest(): { inode: number; device: number; size: number } | null {
    return this.segments.segments.at(-1) ?? null;
  }

  close(): void {
    this.segments.close();
  }

  /** How far each of its files is read by whoever has read all that is in `size`. */
  progress(): LogProgress {
    return this.segments.progress();
  }

  /** The offset at which what is new begins, for whoever was so far. */
  unreadFrom(progress: LogProgress): number {
    return this.segments.unreadFrom(progress);
  }

  /** The lines between two offsets that match, all without a pattern. */
  *lines(
    order: LogOrder,
    from: number,
    to: number,
    pattern: LogPattern | null,
  ): Generator<LogEntry, void> {
    const blocks =
      order === "oldest first" ? this.blocksForward(from, to) : this.blocksBackward(from, to);
    const search = pattern === null ? null : logSearch(pattern, textStart);
    let nearest: string | null = null;
    for (const block of blocks) {
      for (const [start, end] of candidates(block.bytes, search, order)) {
        const isOwn = isStamped(block.bytes, start, end);
        if (!isOwn) nearest ??= this.neighbourStamp(order, from, to);
        const entry = this.entry(block, start, end, isOwn ? null : nearest);
        nearest = entry.stamp;
        if (pattern === null || matches(pattern, entry)) yield entry;
      }
    }
  }

  /** Where the first line stands whose stamp isn't before `stamp`; `isAfter`: is after it. */
  find(stamp: string, isAfter: boolean): number {
    let low = 0;
    let high = this.size;
    const comes = (line: string): boolean => (isAfter ? line > stamp : line >= stamp);
    while (high - low > bisectLimit) {
      const middle = Math.floor((low + high) / 2);
      const line = this.stampedLine(middle, high);
      if (line === null || comes(line.stamp)) high = middle;
      else low = line.offset;
    }
    for (let line = this.stampedLine(low, this.size); line !== null;) {
      if (comes(line.stamp)) return line.offset;
      line = this.stampedLine(line.offset + 1, this.size);
    }
    return this.size;
  }

  /** The first line with a stamp that begins at `from` or later, and before `to`. */
  private stampedLine(from: number, to: number): { stamp: string; offset: number } | null {
    const window = Buffer.allocUnsafe(windowSize);
    // From one byte before: `from` itself begins a line where that is a line feed.
    let isInLine = from > 0;
    for (let offset = Math.max(0, from - 1); offset < to;) {
      const got = this.segments.read(window, offset);
      if (got === 0) return null;
      let at = 0;
      for (;;) {
        if (isInLine) at = endOfLine(window.subarray(0, got).indexOf(lineFeed, at), got - 1) + 1;
        isInLine = isInLine && window[at - 1] !== lineFeed;
        if (isInLine || (got - at <= stampLength && offset + got < this.size)) break;
        if (offset + at >= to) return null;
        if (isStamped(window, at, got)) {
          return { stamp: window.toString("latin1", at, at + stampLength), offset: offset + at };
        }
        isInLine = true;
      }
      offset += at;
    }
    return null;
  }

  /** For lines of a foreign program, which have no stamp: that of their neighbour. */
  private neighbourStamp(order: LogOrder, from: number, to: number): string {
    const next = order === "newest first" ? this.stampedLine(to, this.size) : null;
    if (next !== null) return next.stamp;
    for (const { bytes } of this.blocksBackward(0, order === "newest first" ? to : from)) {
      for (const [start, end] of spansBackward(bytes))
        if (isStamped(bytes, start, end))
          return bytes.toString("latin1", start, start + stampLength);
      break;
    }
    return firstStamp;
  }

  /** `stamp`: for a line without one. */
  private entry(block: Block, start: number, end: number, stamp: string | null): LogEntry {
    const { bytes } = block;
    return {
      task: this.task,
      stamp: stamp ?? bytes.toString("latin1", start, start + stampLength),
      text: bytes.toString("utf8", textStart(bytes, [start, end]), end),
      offset: block.offset + start,
    };
  }

  private *blocksForward(from: number, to: number): Generator<Block, void> {
    let buffer: Buffer = Buffer.allocUnsafe(smallBlock);
    for (let offset = from; offset < to;) {
      const got = this.segments.read(
        buffer.subarray(0, Math.min(buffer.length, to - offset)),
        offset,
      );
      if (got === 0) return;
      const end = offset + got >= to ? got : buffer.lastIndexOf(lineFeed, got - 1) + 1;
      if (end > 0) yield { bytes: buffer.subarray(0, end), offset };
      offset += end;
      buffer = larger(buffer, end === 0);
    }
  }

  private *blocksBackward(from: number, to: number): Generator<Block, void> {
    let buffer: Buffer = Buffer.allocUnsafe(smallBlock);
    for (let end = to; end > from;) {
      const offset = Math.max(from, end - buffer.length);
      const got = this.segments.read(buffer.subarray(0, end - offset), offset);
      const start = offset === from ? 0 : buffer.subarray(0, got).indexOf(lineFeed) + 1;
      const isWhole = start < got && (start > 0 || offset === from);
      if (isWhole) {
        yield { bytes: buffer.subarray(start, got), offset: offset + start };
        end = offset + start;
      } else if (got === 0) return;
      buffer = larger(buffer, !isWhole);
    }
  }
}

/** Scans of much go on in larger blocks; a line that is longer than the block needs one that holds it. */
function larger(buffer: Buffer, mustGrow: boolean): Buffer {
  if (mustGrow) return Buffer.allocUnsafe(buffer.length * 2);
  return buffer.length < largeBlock ? Buffer.allocUnsafe(largeBlock) : buffer;
}

/** `2024-01-01T14:00:00.123 `: looked at by its punctuation. */
function isStamped(bytes: Buffer, start: number, end: number): boolean {
  if (end - start < stampLength) return false;
  if (bytes[start + 10] !== 0x54 || bytes[start + 19] !== 0x2e || bytes[start + 4] !== 0x2d)
    return false;
  if (bytes[start + 13] !== 0x3a || bytes[start + 16] !== 0x3a) return false;
  const after = bytes[start + stampLength];
  return end - start === stampLength || after === space || after === lineFeed;
}

/** Where a line's text begins. */
function textStart(bytes: Buffer, [start, end]: Span): number {
  return isStamped(bytes, start, end) ? Math.min(start + stampLength + 1, end) : start;
}

function matches(pattern: LogPattern, entry: LogEntry): boolean {
  return pattern.matches(withoutColour(entry.text));
}

/** Lines that may match, as start and end (without line feed) in `bytes`. */
function candidates(bytes: Buffer, search: LogSearch | null, order: LogOrder): Iterable<Span> {
  const spans = search?.(bytes) ?? null;
  if (spans !== null) return order === "oldest first" ? spans : spans.toReversed();
  return order === "oldest first" ? spansForward(bytes) : spansBackward(bytes);
}

const endOfLine = (lineFeedAt: number, length: number): number =>
  lineFeedAt < 0 ? length : lineFeedAt;

function* spansForward(bytes: Buffer): Generator<Span, void> {
  for (let start = 0; start < bytes.length;) {
    const end = endOfLine(bytes.indexOf(lineFeed, start), bytes.length);
    yield [start, end];
    start = end + 1;
  }
}

function* spansBackward(bytes: Buffer): Generator<Span, void> {
  for (let end = bytes.length - 1; end >= 0;) {
    const start = end === 0 ? 0 : bytes.lastIndexOf(lineFeed, end - 1) + 1;
    yield [start, end];
    end = start - 1;
  }
}
