import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { PIPE_ENDED, pipeRecord } from "../launch/log-pipe.ts";
import { bytesIn, copyFromFifo } from "../system/libc.ts";
import { OUTPUT_FIFO } from "./hub-files.ts";
import type { UnwrittenCounts } from "./unwritten.ts";
import { LogWriter } from "./writer.ts";
import { LogWriterFiles } from "./writer-files.ts";

/** What the sources of a hub share. */
export interface SourceParts {
  /** For one read; empty between two calls. */
  chunk: Buffer;
  /** For the lines of one call. */
  batch: Buffer;
  /** A FIFO of the hub's own, open and empty between two calls; null if there is none. */
  spare: number | null;
  unwritten: UnwrittenCounts;
}

/** A task's FIFO, open for reading, and the writer of its log. */
export class LogSource {
  readonly writer: LogWriter;
  readonly #files: LogWriterFiles;
  readonly #parts: SourceParts;
  /** The process that writes to the FIFO, as recorded. */
  #pipe: string | null;
  /** Bytes that stay in the FIFO until they are written. */
  #kept = 0;

  private constructor(
    readonly task: string,
    readonly descriptor: number,
    readonly directory: string,
    parts: SourceParts,
  ) {
    this.#files = new LogWriterFiles(directory);
    this.#parts = parts;
    this.#pipe = pipeRecord(directory);
    this.writer = new LogWriter(this.#files, parts.batch, () => this.#announceWrite());
    this.writer.retry();
  }

  /** Null if the task has no FIFO. Throws EMFILE and the like. `directory` is the task's. */
  static open(task: string, directory: string, parts: SourceParts): LogSource | null {
    const descriptor = openFifo(join(directory, OUTPUT_FIFO));
    return descriptor === null ? null : new LogSource(task, descriptor, directory, parts);
  }

  /** A new pipe writes to the FIFO. */
  renew(): void {
    this.#pipe = pipeRecord(this.directory);
    this.writer.markGap();
  }

  /** Reads and writes once. Returns the number of bytes; 0 at the end, null if there is nothing now. */
  read(): number | null {
    this.#kept = this.#copy();
    return this.#kept > 0 ? this.#writeKept() : this.#take();
  }

  /** Copies what is in the FIFO: if this hub is killed, the next one finds it there. Returns the number of bytes. */
  #copy(): number {
    const { chunk, spare } = this.#parts;
    if (spare === null) return 0;
    const size = copyFromFifo(this.descriptor, spare, chunk.length);
    // The rest would become part of another task's log; the next hub has an empty one.
    if (size > 0 && readSome(spare, chunk, size) !== size) throw new Error("the spare FIFO failed");
    return size;
  }

  #announceWrite(): void {
    if (this.#kept > 0) this.#parts.unwritten.announce(this.task, this.#kept, "kept");
  }

  /** Writes what was copied, and only then takes it from the FIFO. */
  #writeKept(): number {
    const { chunk, unwritten } = this.#parts;
    const size = this.#kept;
    this.writer.take(chunk, size);
    unwritten.set(this.task, this.writer.unwritten);
    readSome(this.descriptor, chunk, size);
    this.#kept = 0;
    unwritten.rest();
    return size;
  }

  /** Where nothing can be copied, or nothing was there to copy. */
  #take(): number | null {
    const { chunk, unwritten } = this.#parts;
    const size = Math.min(Math.max(bytesIn(this.descriptor) ?? chunk.length, 1), chunk.length);
    unwritten.announce(this.task, size, "taken");
    const got = readSome(this.descriptor, chunk, size);
    if (got === null || got === 0) return got;
    this.writer.take(chunk, got);
    unwritten.set(this.task, this.writer.unwritten);
    return got;
  }

  /** Whether lines are kept that could not be written. */
  get isBehind(): boolean {
    return this.writer.isBehind;
  }

  /** Writes kept lines. */
  retry(): void {
    this.writer.retry();
    this.#parts.unwritten.set(this.task, this.writer.unwritten);
  }

  /** Writes the rest, and records that the pipe has ended. */
  end(): void {
    closeSync(this.descriptor);
    this.writer.end();
    this.#parts.unwritten.set(this.task, this.writer.unwritten);
    const isKnown = this.#files.read(PIPE_ENDED)?.trim() === this.#pipe;
    if (this.#pipe !== null && !isKnown) this.#files.leave(PIPE_ENDED, `${this.#pipe}\n`);
  }
}

/** The descriptor of a FIFO, opened without waiting for a writer; null if there is none. */
export function openFifo(path: string, flags: number = constants.O_RDONLY): number | null {
  let descriptor: number;
  try {
    descriptor = openSync(path, flags | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EACCES"].includes((error as NodeJS.ErrnoException).code ?? ""))
      return null;
    throw error;
  }
  if (fstatSync(descriptor).isFIFO()) return descriptor;
  closeSync(descriptor);
  return null;
}

/** The number of bytes read; 0 at the end, null if there is nothing to read now. */
export function readSome(descriptor: number, chunk: Buffer, most: number): number | null {
  try {
    return readSync(descriptor, chunk, 0, most, null);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "EAGAIN" || code === "EINTR" ? null : 0;
  }
}
