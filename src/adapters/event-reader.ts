import { closeSync, fstatSync, openSync, statSync } from "node:fs";
import { parseEvent, type RecordedEvent } from "../domain/events.ts";
import { endOfLines, linesBackward, readRange } from "./event-lines.ts";
import { eventsPath } from "./event-log.ts";

const LINE_FEED = 10;

/** So much of what was read last is looked for in a file that took the place of the one that was read. */
const REMEMBERED = 1 << 16;

interface OpenFile {
  fd: number;
  inode: number;
  device: number;
}

/**
 * Reads the events file: what is there when it is made, and then what comes, also through a trim, a deletion, or where
 * there is none yet. It takes no lock. Lines that are torn or foreign are skipped.
 */
export class EventReader {
  #file: OpenFile | null;
  /** How far into the file it is read: the end of a line. */
  #offset = 0;

  constructor(private readonly path = eventsPath()) {
    this.#file = openFile(path);
    if (this.#file) this.#offset = endOfLines(this.#file.fd, fstatSync(this.#file.fd).size);
  }

  close(): void {
    if (this.#file) closeSync(this.#file.fd);
    this.#file = null;
  }

  /** The newest `count` events that are wanted of those read so far, oldest first; reads only as far back as they are. */
  newest(count: number, isWanted: (event: RecordedEvent) => boolean): RecordedEvent[] {
    const found: RecordedEvent[] = [];
    if (this.#file === null || count === 0) return found;
    for (const line of linesBackward(this.#file.fd, this.#offset)) {
      const event = parseEvent(line);
      if (event !== null && isWanted(event) && found.push(event) === count) break;
    }
    return found.toReversed();
  }

  /** The events that have come since the last call. */
  poll(): RecordedEvent[] {
    const now = statSync(this.path, { throwIfNoEntry: false });
    const isSame = now?.ino === this.#file?.inode && now?.dev === this.#file?.device;
    if (isSame && now?.size === this.#offset) return [];
    // Whoever replaced the file did so when all appends to it were done.
    const events = this.#readOn();
    if (isSame || now === undefined) return events;
    this.#moveOn();
    return [...events, ...this.#readOn()];
  }

  #readOn(): RecordedEvent[] {
    if (this.#file === null) return [];
    const { fd } = this.#file;
    const { size } = fstatSync(fd);
    // Someone emptied it in place.
    if (size < this.#offset) this.#offset = 0;
    const bytes = readRange(fd, this.#offset, size);
    const end = bytes.lastIndexOf(LINE_FEED);
    if (end < 0) return [];
    this.#offset += end + 1;
    const lines = bytes.toString("utf8", 0, end).split("\n");
    return lines.map(parseEvent).filter((event) => event !== null);
  }

  /** To the file that has the path now: a trimmed one holds what was read last, anything else is new from its start. */
  #moveOn(): void {
    const next = openFile(this.path);
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
    const fd = openSync(path, "r");
    const { ino: inode, dev: device } = fstatSync(fd);
    return { fd, inode, device };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/** Where `content` goes on after `last`: which is in it, or, where a trim cut into it, the end of which it begins with. */
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
