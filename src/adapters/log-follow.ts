import { closeSync, statSync } from "node:fs";
import { hasStamp, stampLength, stampOf } from "../domain/log-line.ts";
import type { LogEntry } from "../domain/log-merge.ts";
import { type LogSegment, LogSegments, readFully } from "./log-segments.ts";

const lineFeed = 10;
const blockSize = 65536;

/** A file of a log, and how far into it was read. */
interface Place {
  segment: LogSegment;
  offset: number;
}

/** Reads what is new in a task's log, through rotation and removal, also where there is no log yet. */
export class LogFollower {
  /** What is still to be read, oldest first; the last is the file that is written to. */
  private readonly places: Place[] = [];
  private buffer = Buffer.allocUnsafe(blockSize);
  private stamp: string;

  /** `newest`: the file that was the log's newest, and how far it is read; null to begin with all there is. */
  constructor(
    readonly task: string,
    private readonly path: string,
    newest: { inode: number; device: number; size: number } | null,
  ) {
    this.stamp = stampOf(0);
    this.places = newerThan(path, newest).map((segment) => ({ segment, offset: 0 }));
    const first = this.places[0];
    if (first && newest && isSame(first.segment, newest)) first.offset = newest.size;
  }

  close(): void {
    for (const { segment } of this.places) closeSync(segment.descriptor);
    this.places.length = 0;
  }

  /** The lines that have come since the last call; whole ones only. */
  *poll(): Generator<LogEntry, void> {
    const now = statSync(this.path, { throwIfNoEntry: false });
    const last = this.places.at(-1);
    if (now && !(last && last.segment.inode === now.ino && last.segment.device === now.dev))
      this.addNewer();
    else if (last && now && now.size === last.offset && this.places.length === 1) return;
    // What was appended before the file was renamed is read after that was seen: nothing comes after it.
    for (;;) {
      const place = this.places[0];
      if (place === undefined) return;
      yield* this.linesOf(place);
      if (this.places.length === 1) return;
      closeSync(place.segment.descriptor);
      this.places.shift();
    }
  }

  private addNewer(): void {
    const last = this.places.at(-1)?.segment ?? null;
    for (const segment of newerThan(this.path, last)) {
      if (last && isSame(segment, last)) closeSync(segment.descriptor);
      else this.places.push({ segment, offset: 0 });
    }
  }

  private *linesOf(place: Place): Generator<LogEntry, void> {
    for (;;) {
      const { descriptor } = place.segment;
      const got = readFully(descriptor, this.buffer, 0, this.buffer.length, place.offset);
      if (got === 0) return this.startOverIfTruncated(place);
      const end = this.buffer.lastIndexOf(lineFeed, got - 1) + 1;
      if (end === 0 && got < this.buffer.length) return;
      if (end === 0) this.buffer = Buffer.allocUnsafe(this.buffer.length * 2);
      const lines = end === 0 ? [] : this.buffer.toString("utf8", 0, end - 1).split("\n");
      place.offset += end;
      for (const line of lines) yield this.entry(line, place.offset);
    }
  }

  /** Someone emptied the file in place; what comes is read from its start, with the next poll. */
  private startOverIfTruncated(place: Place): void {
    const now = statSync(this.path, { throwIfNoEntry: false });
    if (now && now.ino === place.segment.inode && now.size < place.offset) place.offset = 0;
  }

  private entry(line: string, offset: number): LogEntry {
    const has = hasStamp(line);
    if (has) this.stamp = line.slice(0, stampLength);
    return {
      task: this.task,
      stamp: this.stamp,
      text: has ? line.slice(stampLength + 1) : line,
      offset,
    };
  }
}

/** The files of a log from `known` on, or all where it isn't there any more: then all are newer. Oldest first. */
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
