import { closeSync, fstatSync, statSync } from "node:fs";
import { hasStamp, missingLine, STAMP_LENGTH, stampOf } from "../../domain/logs/line.ts";
import type { LogEntry } from "../../domain/logs/merge.ts";
import { type LogSegment, LogSegments, LONGEST_LINE, readFully } from "./segments.ts";

const LINE_FEED = 10;
const BLOCK_SIZE = 65536;

/** Maximum number of deleted, unread files that are kept open: they still take space on the disk. */
const MOST_DELETED = 8;

/** A file of a log, and how far it has been read. */
interface FilePosition {
  segment: LogSegment;
  offset: number;
  /** Files before it may have been deleted before they were read. */
  isAfterGap: boolean;
}

/** Reads the new lines of a task's log, across rotation and deletion, and before there is a log. */
export class LogFollower {
  /** The files to read, oldest first; the last is the current one. */
  readonly #places: FilePosition[] = [];
  #buffer = Buffer.allocUnsafe(BLOCK_SIZE);
  #stamp: string;
  /** Bytes that the current call may still read. */
  #left = Number.POSITIVE_INFINITY;
  readonly #path: string;
  /** Whether there is a log at the path; called each time. */
  readonly #isLog: () => boolean;

  /** `newest`: the log's newest file, and how far it has been read; null to begin with the first line. */
  constructor(
    readonly task: string,
    path: string,
    newest: { inode: number; device: number; size: number } | null,
    isLog: () => boolean = () => true,
  ) {
    this.#path = path;
    this.#isLog = isLog;
    this.#stamp = stampOf(0);
    this.#places = (isLog() ? newerThan(path, newest) : []).map(placeOf);
    const first = this.#places[0];
    if (first && newest && isSame(first.segment, newest)) first.offset = newest.size;
  }

  close(): void {
    for (const { segment } of this.#places) closeSync(segment.descriptor);
    this.#places.length = 0;
  }

  /** Whether the last call has left lines for the next one. */
  get isBehind(): boolean {
    return this.#left <= 0;
  }

  /**
   * The complete lines since the last call. What is written while they are read is for the next call: a log may be written
   * as fast as it is read. `most`: bytes after which the rest is left for the next call, too.
   */
  *poll(most = Number.POSITIVE_INFINITY): Generator<LogEntry, void> {
    this.#left = most;
    if (!this.#isLog()) return;
    const now = statSync(this.#path, { throwIfNoEntry: false });
    const last = this.#places.at(-1);
    if (now && !(last && last.segment.inode === now.ino && last.segment.device === now.dev))
      this.#addNewer();
    else if (last && now && now.size === last.offset && this.#places.length === 1) return;
    const newest = this.#places.at(-1);
    const end = newest === undefined ? 0 : fstatSync(newest.segment.descriptor).size;
    // Lines appended before the file was renamed are read after the rename was noticed; nothing follows them.
    for (;;) {
      const place = this.#places[0];
      if (place === undefined) return;
      yield* this.#linesOf(place, place === newest ? end : Number.POSITIVE_INFINITY);
      if (this.isBehind || this.#places.length === 1) return;
      closeSync(place.segment.descriptor);
      this.#places.shift();
    }
  }

  #addNewer(): void {
    const last = this.#places.at(-1)?.segment ?? null;
    const newer = newerThan(this.#path, last);
    const isLastThere = last !== null && newer.some((segment) => isSame(segment, last));
    // If only the newest file is left, the log was deleted on purpose.
    const isGap = last !== null && !isLastThere && newer.length > 1;
    for (const segment of newer) {
      if (last && isSame(segment, last)) closeSync(segment.descriptor);
      else this.#places.push({ ...placeOf(segment), isAfterGap: isGap && segment === newer[0] });
    }
    this.#closeDeleted();
  }

  /** Limits the open deleted files, if the log is written faster than it is read. */
  #closeDeleted(): void {
    const deleted = this.#places.filter(({ segment }) => fstatSync(segment.descriptor).nlink === 0);
    for (const { segment } of deleted.slice(0, -MOST_DELETED)) {
      closeSync(segment.descriptor);
      this.#places.shift();
      this.#places[0]!.isAfterGap = true;
    }
  }

  *#linesOf(place: FilePosition, end: number): Generator<LogEntry, void> {
    if (place.isAfterGap) yield this.#entry(missingLine("rotated away before they were read"), 0);
    place.isAfterGap = false;
    while (!this.isBehind) {
      const { descriptor } = place.segment;
      const wanted = Math.min(this.#buffer.length, end - place.offset);
      const got = wanted > 0 ? readFully(descriptor, this.#buffer, 0, wanted, place.offset) : 0;
      if (got === 0) return this.#startOverIfTruncated(place);
      const whole = this.#buffer.lastIndexOf(LINE_FEED, got - 1) + 1;
      if (whole === 0 && got < this.#buffer.length) return;
      const isNoText = whole === 0 && got >= LONGEST_LINE;
      if (whole === 0 && !isNoText) this.#buffer = Buffer.allocUnsafe(this.#buffer.length * 2);
      const lines = whole === 0 ? [] : this.#buffer.toString("utf8", 0, whole - 1).split("\n");
      place.offset += isNoText ? got : whole;
      this.#left -= got;
      for (const line of lines) yield this.#entry(line, place.offset);
    }
  }

  /** After a truncation in place, the next poll reads from the start. */
  #startOverIfTruncated(place: FilePosition): void {
    const now = statSync(this.#path, { throwIfNoEntry: false });
    if (now && now.ino === place.segment.inode && now.size < place.offset) place.offset = 0;
  }

  #entry(line: string, offset: number): LogEntry {
    const has = hasStamp(line);
    if (has) this.#stamp = line.slice(0, STAMP_LENGTH);
    return {
      task: this.task,
      stamp: this.#stamp,
      text: has ? line.slice(STAMP_LENGTH + 1) : line,
      offset,
    };
  }
}

const placeOf = (segment: LogSegment): FilePosition => ({ segment, offset: 0, isAfterGap: false });

/** The files of a log from `known` on, oldest first; all of them if `known` is gone, since all are newer then. */
function newerThan(path: string, known: { inode: number; device: number } | null): LogSegment[] {
  const { segments } = LogSegments.open(path);
  const at = known === null ? -1 : segments.findIndex((segment) => isSame(segment, known));
  for (const { descriptor } of segments.slice(0, Math.max(at, 0))) closeSync(descriptor);
  return segments.slice(Math.max(at, 0));
}

const isSame = (
  a: { inode: number; device: number },
  b: { inode: number; device: number },
): boolean => a.inode === b.inode && a.device === b.device;
