import { closeSync, constants, fstatSync, statSync } from "node:fs";
import { parseEvent, type RecordedEvent } from "../../domain/events.ts";
import { endOfLines, linesBackward, readRange } from "./lines.ts";
import { eventsPath } from "./log.ts";
import { openOwn } from "../system/files.ts";

const LINE_FEED = 10;

/** Bytes before the offset that are remembered, to find the place again in a file that replaced the one that was read. */
const REMEMBERED = 1 << 16;

interface OpenFile {
  fd: number;
  inode: number;
  device: number;
}

/**
 * Reads the events file: what it has when the reader is made, then what is added, also across a trim, a deletion, or if
 * there is no file yet. Takes no lock. Skips incomplete and unknown lines.
 */
export class EventReader {
  #file: OpenFile | null;
  /** The offset of the first unread line. */
  #offset = 0;
  readonly #path: string;

  constructor(path = eventsPath()) {
    this.#path = path;
    this.#file = openFile(path);
    if (this.#file) this.#offset = endOfLines(this.#file.fd, fstatSync(this.#file.fd).size);
  }

  close(): void {
    if (this.#file) closeSync(this.#file.fd);
    this.#file = null;
  }

  /** The newest `count` events among those read that `isWanted` accepts, oldest first; reads only as far back as needed. */
  newest(count: number, isWanted: (event: RecordedEvent) => boolean): RecordedEvent[] {
    const found: RecordedEvent[] = [];
    if (this.#file === null || count === 0) return found;
    for (const line of linesBackward(this.#file.fd, this.#offset)) {
      const event = parseEvent(line);
      if (event !== null && isWanted(event) && found.push(event) === count) break;
    }
    return found.toReversed();
  }

  /** The events since the last call. */
  poll(): RecordedEvent[] {
    const now = statSync(this.#path, { throwIfNoEntry: false });
    const isSame = now?.ino === this.#file?.inode && now?.dev === this.#file?.device;
    if (isSame && now?.size === this.#offset) return [];
    // Appends to a file are complete before it is replaced.
    const events = this.#readOn();
    if (isSame || now === undefined) return events;
    this.#moveOn();
    return [...events, ...this.#readOn()];
  }

  #readOn(): RecordedEvent[] {
    if (this.#file === null) return [];
    const { fd } = this.#file;
    const { size } = fstatSync(fd);
    // The file was truncated in place.
    if (size < this.#offset) this.#offset = 0;
    const bytes = readRange(fd, this.#offset, size);
    const end = bytes.lastIndexOf(LINE_FEED);
    if (end < 0) return [];
    this.#offset += end + 1;
    const lines = bytes.toString("utf8", 0, end).split("\n");
    return lines.map(parseEvent).filter((event) => event !== null);
  }

  /**
   * Moves to the file that has the path now. A trimmed file contains the lines read last; any other is new from its start.
   */
  #moveOn(): void {
    const next = openFile(this.#path);
    if (next === null) return;
    const last = this.#lastRead();
    this.close();
    this.#file = next;
    this.#offset = placeAfter(last, readRange(next.fd, 0, fstatSync(next.fd).size));
  }

  #lastRead(): Buffer {
    if (this.#file === null) return Buffer.alloc(0);
    return readRange(this.#file.fd, Math.max(0, this.#offset - REMEMBERED), this.#offset);
  }
}

function openFile(path: string): OpenFile | null {
  try {
    const fd = openOwn(path, constants.O_RDONLY);
    const { ino: inode, dev: device } = fstatSync(fd);
    return { fd, inode, device };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/** The offset in `content` after `last`. If a trim cut `last`, `content` begins with its end. */
function placeAfter(last: Buffer, content: Buffer): number {
  const at = last.length === 0 ? -1 : content.indexOf(last);
  if (at >= 0) return at + last.length;
  for (let start = last.indexOf(LINE_FEED) + 1; start > 0 && start < last.length;) {
    const rest = last.subarray(start);
    if (content.subarray(0, rest.length).equals(rest)) return rest.length;
    start = last.indexOf(LINE_FEED, start) + 1;
  }
  return 0;
}
