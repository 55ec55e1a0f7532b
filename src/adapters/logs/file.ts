import { STAMP_LENGTH, withoutColour } from "../../domain/logs/line.ts";
import type { LogEntry, LogOrder } from "../../domain/logs/merge.ts";
import type { LogPattern } from "../../domain/logs/pattern.ts";
import { type LogSearch, logSearch, type ByteRange } from "./search.ts";
import { type LogProgress, LogSegments, LONGEST_LINE } from "./segments.ts";

const LINE_FEED = 10;
const SPACE = 0x20;
const SMALL_BLOCK = 65536;
/** Smaller blocks are three times slower to convert to strings. */
const LARGE_BLOCK = 1 << 20;
/** Bisection ends at this distance, bytes; then lines are checked one by one. */
const BISECT_LIMIT = 512;
/** Bytes read at a position, a few lines; and at the following ones, as long as they have no stamp. */
const WINDOW_SIZE = 1024;
const NEXT_WINDOW_SIZE = 65536;
/** Maximum number of unstamped bytes read in a search by time: a sparse file could have any number. */
const MOST_UNSTAMPED = 1 << 28;
const FIRST_STAMP = "0000-01-01T00:00:00.000";

/** A block of whole lines of a log; `bytes` is valid until the next one is read. */
interface Block {
  bytes: Buffer;
  offset: number;
}

/** A task's log at one moment. The cost of reading by content or time grows with the result, not with the log. */
export class LogFile {
  readonly #segments: LogSegments;
  readonly #onRead: (bytes: number) => void;

  constructor(
    readonly task: string,
    /** Null: no file to read. */
    path: string | null,
    /** Called with the number of bytes of each read. */
    onRead: (bytes: number) => void = () => {},
  ) {
    this.#onRead = onRead;
    this.#segments = path === null ? LogSegments.none() : LogSegments.open(path);
  }

  /** Bytes, rotated files included. */
  get size(): number {
    return this.#segments.size;
  }

  /** The current file, and how much of it `size` includes; null if there is none yet. */
  get newest(): { inode: number; device: number; size: number } | null {
    return this.#segments.segments.at(-1) ?? null;
  }

  close(): void {
    this.#segments.close();
  }

  /** The progress of a reader that has read everything in `size`. */
  progress(): LogProgress {
    return this.#segments.progress();
  }

  /** The offset of the first line that is new to a reader with this progress. */
  unreadFrom(progress: LogProgress): number {
    return this.#segments.unreadFrom(progress);
  }

  /** Whether lines that were new to such a reader may have been rotated away. */
  hasLost(progress: LogProgress): boolean {
    return this.#segments.hasLost(progress);
  }

  /** The lines between two offsets that match; all lines without a pattern. */
  *lines(
    order: LogOrder,
    from: number,
    to: number,
    pattern: LogPattern | null,
  ): Generator<LogEntry, void> {
    const blocks =
      order === "oldest first" ? this.#blocksForward(from, to) : this.#blocksBackward(from, to);
    const search = pattern === null ? null : logSearch(pattern, textStart);
    let nearest: string | null = null;
    for (const block of blocks) {
      for (const [start, end] of candidates(block.bytes, search, order)) {
        const isOwn = isStamped(block.bytes, start, end);
        if (!isOwn) nearest ??= this.#neighbourStamp(order, from, to);
        const entry = this.#entry(block, start, end, isOwn ? null : nearest);
        nearest = entry.stamp;
        if (pattern === null || matches(pattern, entry)) yield entry;
      }
    }
  }

  /** The offset of the first line with a stamp not before `stamp`, or after it (`isAfter`). */
  find(stamp: string, isAfter: boolean): number {
    let low = 0;
    let high = this.size;
    const comes = (line: string): boolean => (isAfter ? line > stamp : line >= stamp);
    const budget = { left: MOST_UNSTAMPED };
    while (high - low > BISECT_LIMIT) {
      const middle = Math.floor((low + high) / 2);
      const line = this.#stampedLine(middle, high, budget);
      if (line === null || comes(line.stamp)) high = middle;
      else low = line.offset;
    }
    for (let line = this.#stampedLine(low, this.size, budget); line !== null;) {
      if (comes(line.stamp)) return line.offset;
      line = this.#stampedLine(line.offset + 1, this.size, budget);
    }
    return this.size;
  }

  /** The first stamped line that begins between `from` and `to`; reads at most `budget` bytes. */
  #stampedLine(
    from: number,
    to: number,
    budget: { left: number },
  ): { stamp: string; offset: number } | null {
    let window = Buffer.allocUnsafe(WINDOW_SIZE);
    // Starts one byte earlier: if that is a line feed, a line begins at `from`.
    let isInLine = from > 0;
    for (let offset = Math.max(0, from - 1); offset < to;) {
      const got = this.#segments.read(window, offset);
      if (got === 0 || budget.left <= 0) return null;
      budget.left -= got;
      let at = 0;
      for (;;) {
        if (isInLine) at = endOfLine(window.subarray(0, got).indexOf(LINE_FEED, at), got - 1) + 1;
        isInLine = isInLine && window[at - 1] !== LINE_FEED;
        if (isInLine || (got - at <= STAMP_LENGTH && offset + got < this.size)) break;
        if (offset + at >= to) return null;
        if (isStamped(window, at, got)) {
          return { stamp: window.toString("latin1", at, at + STAMP_LENGTH), offset: offset + at };
        }
        isInLine = true;
      }
      offset += at;
      if (window.length < NEXT_WINDOW_SIZE) window = Buffer.allocUnsafe(NEXT_WINDOW_SIZE);
    }
    return null;
  }

  /** The stamp for lines of another program, which have none: that of their neighbour. */
  #neighbourStamp(order: LogOrder, from: number, to: number): string {
    const budget = { left: MOST_UNSTAMPED };
    const next = order === "newest first" ? this.#stampedLine(to, this.size, budget) : null;
    if (next !== null) return next.stamp;
    for (const { bytes } of this.#blocksBackward(0, order === "newest first" ? to : from)) {
      for (const [start, end] of spansBackward(bytes))
        if (isStamped(bytes, start, end))
          return bytes.toString("latin1", start, start + STAMP_LENGTH);
      break;
    }
    return FIRST_STAMP;
  }

  /** `stamp` is for a line without one. */
  #entry(block: Block, start: number, end: number, stamp: string | null): LogEntry {
    const { bytes } = block;
    return {
      task: this.task,
      stamp: stamp ?? bytes.toString("latin1", start, start + STAMP_LENGTH),
      text: bytes.toString(
        "utf8",
        textStart(bytes, [start, end]),
        Math.min(end, start + LONGEST_LINE),
      ),
      offset: block.offset + start,
    };
  }

  *#blocksForward(from: number, to: number): Generator<Block, void> {
    let buffer: Buffer = Buffer.allocUnsafe(SMALL_BLOCK);
    for (let offset = from; offset < to;) {
      const got = this.#segments.read(
        buffer.subarray(0, Math.min(buffer.length, to - offset)),
        offset,
      );
      if (got === 0) return;
      this.#onRead(got);
      const isLast = offset + got >= to || got >= LONGEST_LINE;
      const end = buffer.lastIndexOf(LINE_FEED, got - 1) + 1 || (isLast ? got : 0);
      if (end > 0) yield { bytes: buffer.subarray(0, end), offset };
      offset += end;
      buffer = larger(buffer, end === 0);
    }
  }

  *#blocksBackward(from: number, to: number): Generator<Block, void> {
    let buffer: Buffer = Buffer.allocUnsafe(SMALL_BLOCK);
    for (let end = to; end > from;) {
      const offset = Math.max(from, end - buffer.length);
      const got = this.#segments.read(buffer.subarray(0, end - offset), offset);
      this.#onRead(got);
      const isFirst = offset === from || got >= LONGEST_LINE;
      const found = offset === from ? 0 : buffer.subarray(0, got).indexOf(LINE_FEED) + 1;
      const start = found < got ? found : 0;
      const isWhole = start < got && (start > 0 || isFirst);
      if (isWhole) {
        yield { bytes: buffer.subarray(start, got), offset: offset + start };
        end = offset + start;
      } else if (got === 0) return;
      buffer = larger(buffer, !isWhole);
    }
  }
}

/** Long scans continue in larger blocks. A line longer than a block needs a block that holds it. */
function larger(buffer: Buffer, mustGrow: boolean): Buffer {
  if (mustGrow) return Buffer.allocUnsafe(buffer.length * 2);
  return buffer.length < LARGE_BLOCK ? Buffer.allocUnsafe(LARGE_BLOCK) : buffer;
}

/** Whether a line begins with `2024-01-01T14:00:00.123 `; checks only the punctuation. */
function isStamped(bytes: Buffer, start: number, end: number): boolean {
  if (end - start < STAMP_LENGTH) return false;
  if (bytes[start + 10] !== 0x54 || bytes[start + 19] !== 0x2e || bytes[start + 4] !== 0x2d)
    return false;
  if (bytes[start + 13] !== 0x3a || bytes[start + 16] !== 0x3a) return false;
  const after = bytes[start + STAMP_LENGTH];
  return end - start === STAMP_LENGTH || after === SPACE || after === LINE_FEED;
}

/** The offset of a line's text. */
function textStart(bytes: Buffer, [start, end]: ByteRange): number {
  return isStamped(bytes, start, end) ? Math.min(start + STAMP_LENGTH + 1, end) : start;
}

function matches(pattern: LogPattern, entry: LogEntry): boolean {
  return pattern.matches(withoutColour(entry.text));
}

/** The lines that may match, as start and end (without line feed) in `bytes`. */
function candidates(bytes: Buffer, search: LogSearch | null, order: LogOrder): Iterable<ByteRange> {
  const spans = search?.(bytes) ?? null;
  if (spans !== null) return order === "oldest first" ? spans : spans.toReversed();
  return order === "oldest first" ? spansForward(bytes) : spansBackward(bytes);
}

const endOfLine = (lineFeedAt: number, length: number): number =>
  lineFeedAt < 0 ? length : lineFeedAt;

function* spansForward(bytes: Buffer): Generator<ByteRange, void> {
  for (let start = 0; start < bytes.length;) {
    const end = endOfLine(bytes.indexOf(LINE_FEED, start), bytes.length);
    yield [start, end];
    start = end + 1;
  }
}

function* spansBackward(bytes: Buffer): Generator<ByteRange, void> {
  const isWhole = bytes.at(-1) === LINE_FEED;
  for (let end = isWhole ? bytes.length - 1 : bytes.length; end >= 0;) {
    const start = end === 0 ? 0 : bytes.lastIndexOf(LINE_FEED, end - 1) + 1;
    yield [start, end];
    end = start - 1;
  }
}
