import { constants, readFileSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { openOwn } from "../system/files.ts";
import { makePrivateDirectory } from "../system/paths.ts";
import { HUB_UNWRITTEN } from "./hub-files.ts";

/** The file begins with the announcement: a slot, a number of bytes and their kind (32 bits each, little-endian). */
const HEAD_SIZE = 12;
/** Bytes that are being taken from a FIFO would be lost; those that stay there until they are written may come twice. */
const KINDS = { taken: 0, kept: 1 } as const;
export type AnnouncedKind = keyof typeof KINDS;
/** A slot: a count (32 bits), then a task's name, padded with NUL. */
const SLOT_SIZE = 4 + 64;

/**
 * How many bytes of each task the log hub has read and not yet written, in a file of the run directory: the next hub marks
 * what a killed one has lost. What it is about to do is announced, so a count is never too low; and a count stays until the
 * loss is marked, because that hub may be killed too.
 */
export class UnwrittenCounts {
  readonly #descriptor: number | null;
  readonly #slots: Map<string, Slot>;
  readonly #bytes = Buffer.alloc(4);
  readonly #head = Buffer.alloc(HEAD_SIZE);
  /** What the hub before has left, by task; until it is taken. */
  readonly #breaks = new Map<string, LogBreak>();

  constructor(directory: string) {
    this.#descriptor = openFile(join(directory, HUB_UNWRITTEN));
    const bytes = this.#descriptor === null ? Buffer.alloc(0) : readFileSync(this.#descriptor);
    this.#slots = slotsIn(bytes);
    const { slot, size, kind } = announcedIn(bytes);
    const repeated = kind === KINDS.kept ? size : 0;
    for (const [task, { index, count }] of this.#slots)
      this.#breaks.set(task, { lost: count, repeated: index === slot ? repeated : 0 });
    if (kind === KINDS.taken && size > 0) this.#settle();
  }

  /** What the hub before may have lost or written twice of a task; each is returned once. */
  takeBreak(task: string): LogBreak {
    const found = this.#breaks.get(task) ?? { lost: 0, repeated: 0 };
    this.#breaks.delete(task);
    return found;
  }

  /** Announces that at most `size` bytes are taken from a FIFO, or are written and then taken; the bytes before are done. */
  announce(task: string, size: number, kind: AnnouncedKind): void {
    const slot = this.#slots.get(task) ?? this.#add(task);
    this.#head.writeUInt32LE(slot.index, 0);
    this.#head.writeUInt32LE(size, 4);
    this.#head.writeUInt32LE(KINDS[kind], 8);
    this.#write(this.#head, 0);
  }

  /** All that was announced is done. */
  rest(): void {
    if (this.#head.readUInt32LE(4) === 0) return;
    this.#head.writeUInt32LE(0, 4);
    this.#write(this.#head, 0);
  }

  set(task: string, count: number): void {
    const slot = this.#slots.get(task) ?? this.#add(task);
    if (slot.count === count) return;
    slot.count = count;
    this.#bytes.writeUInt32LE(count);
    this.#write(this.#bytes, offsetOf(slot.index));
  }

  /** Makes what the hub before has announced as taken part of the task's count. */
  #settle(): void {
    for (const { index, count } of this.#slots.values()) {
      this.#bytes.writeUInt32LE(count);
      this.#write(this.#bytes, offsetOf(index));
    }
    this.#write(this.#head, 0);
  }

  #add(task: string): Slot {
    const slot = { index: this.#slots.size, count: 0 };
    const bytes = Buffer.alloc(SLOT_SIZE);
    bytes.write(task, 4);
    this.#write(bytes, offsetOf(slot.index));
    this.#slots.set(task, slot);
    return slot;
  }

  /** On a full disk a loss can't be marked; that must not stop the logs. */
  #write(bytes: Buffer, offset: number): void {
    if (this.#descriptor === null) return;
    try {
      writeSync(this.#descriptor, bytes, 0, bytes.length, offset);
    } catch {}
  }
}

/** Bytes. */
export interface LogBreak {
  lost: number;
  repeated: number;
}

interface Slot {
  index: number;
  count: number;
}

const offsetOf = (index: number): number => HEAD_SIZE + index * SLOT_SIZE;

function announcedIn(bytes: Buffer): { slot: number; size: number; kind: number } {
  if (bytes.length < HEAD_SIZE) return { slot: 0, size: 0, kind: 0 };
  const [slot, size, kind] = [bytes.readUInt32LE(0), bytes.readUInt32LE(4), bytes.readUInt32LE(8)];
  return { slot, size, kind };
}

/** The slots of a file; what was announced as taken is part of its count. */
function slotsIn(bytes: Buffer): Map<string, Slot> {
  const slots = new Map<string, Slot>();
  const announced = announcedIn(bytes);
  const taken = announced.kind === KINDS.taken ? announced.size : 0;
  for (let index = 0; offsetOf(index + 1) <= bytes.length; index++) {
    const slot = bytes.subarray(offsetOf(index), offsetOf(index + 1));
    const name = slot.toString("utf8", 4).replace(/\0+$/, "");
    slots.set(name, {
      index,
      count: slot.readUInt32LE(0) + (index === announced.slot ? taken : 0),
    });
  }
  return slots;
}

/** The counts that a hub has recorded, by task; without those of 0. */
export function readUnwritten(directory: string): Map<string, number> {
  const slots = [...slotsIn(readFileSync(join(directory, HUB_UNWRITTEN)))];
  return new Map(
    slots.filter(([, { count }]) => count > 0).map(([task, { count }]) => [task, count]),
  );
}

/** Null if there is no room for it. */
function openFile(path: string): number | null {
  try {
    makePrivateDirectory(dirname(path));
    return openOwn(path, constants.O_RDWR | constants.O_CREAT);
  } catch {
    return null;
  }
}
