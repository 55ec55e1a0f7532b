import { lostLine, STAMP_LENGTH, stampOf } from "../../domain/logs/line.ts";
import { CUT_MARK, MAX_LINE_BYTES } from "../../domain/terminal/line-buffer.ts";
import type { LogOutput } from "./output.ts";
import type { LogWriterFiles } from "./writer-files.ts";
import { refusalOf } from "../system/regular-file.ts";

const BATCH_SIZE = 131072;
const LONGEST_ENTRY = STAMP_LENGTH + 1 + MAX_LINE_BYTES + CUT_MARK.length + 8;
/** Maximum number of bytes kept while the log can't be written; the oldest are dropped first. */
const MOST_PENDING = 1 << 20;
const LINE_FEED = 10;

export const newBatch = (): Buffer => Buffer.allocUnsafeSlow(BATCH_SIZE);

/** Lines to be written to the log: batched, and kept while writing fails. The reason is then in `writer-error`. */
export class LogBacklog {
  /** Null until the settings are known. */
  output: LogOutput | null = null;

  readonly #batch: Buffer;
  #batched = 0;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #lost = 0;
  #problem = "its settings are missing";
  /** Null until known: an earlier writer may have left its error. */
  #isErrorShown: boolean | null = null;

  #stampedAt = -1;
  readonly #stamp = Buffer.alloc(STAMP_LENGTH + 1, " ");
  readonly #files: LogWriterFiles;
  readonly #onWrite: () => void;

  /** `batch` is empty between calls of {@link write}. `onWrite` is called before the log is written. */
  constructor(files: LogWriterFiles, batch: Buffer, onWrite: () => void = () => {}) {
    this.#files = files;
    this.#batch = batch;
    this.#onWrite = onWrite;
  }

  /** Whether lines are kept that could not be written. */
  get isBehind(): boolean {
    return this.#pending.length > 0;
  }

  /** Bytes of lines that could not be written. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** Ends the last line of the log if a writer was killed in the middle of it. */
  finishTornLine(): void {
    if (this.output === null) return;
    try {
      this.output.finishTornLine();
    } catch {
      // The next write fails for the same reason, and shows it.
    }
  }

  /** Adds a line with the stamp of `time`, epoch ms. */
  add(time: number, bytes: Uint8Array, length: number): void {
    const start = this.#begin(time);
    copy(bytes, length, this.#batch, start);
    this.#end(start + length);
  }

  addText(time: number, text: string): void {
    const start = this.#begin(time);
    this.#end(start + this.#batch.write(text, start));
  }

  /** Writes as many lines as possible. */
  write(): void {
    const lines = this.#batch.subarray(0, this.#batched);
    this.#batched = 0;
    if (lines.length === 0 && !this.isBehind) return this.#hideError();
    const done = this.isBehind ? 0 : this.#append(lines);
    if (done < lines.length) this.#keep(lines.subarray(done));
    if (this.isBehind) this.#writePending();
    if (this.isBehind) this.#showError();
    else this.#hideError();
  }

  #begin(time: number): number {
    if (this.#batched + LONGEST_ENTRY > BATCH_SIZE) this.write();
    if (this.#stampedAt !== time) this.#stamp.write(stampOf(time), 0, "latin1");
    this.#stampedAt = time;
    copy(this.#stamp, this.#stamp.length, this.#batch, this.#batched);
    return this.#batched + STAMP_LENGTH + 1;
  }

  #end(at: number): void {
    this.#batch[at] = LINE_FEED;
    this.#batched = at + 1;
  }

  /** Returns the number of bytes written, whole lines; fewer than given on an error, which sets `problem`. */
  #append(lines: Uint8Array): number {
    if (this.output === null) return 0;
    this.#onWrite();
    let done = 0;
    try {
      while (done < lines.length) done += this.output.append(lines.subarray(done));
    } catch (error) {
      this.#problem = refusalOf(error).reason;
      this.output.close();
    }
    return done;
  }

  #keep(lines: Buffer): void {
    this.#pending.push(Buffer.from(lines));
    this.#pendingBytes += lines.length;
    while (this.#pendingBytes > MOST_PENDING && this.#pending.length > 1) {
      const oldest = this.#pending.shift()!;
      this.#pendingBytes -= oldest.length;
      this.#lost += countLines(oldest);
    }
  }

  #writePending(): void {
    if (this.#lost > 0 && !this.#writeLost()) return;
    for (let lines = this.#pending[0]; lines !== undefined; lines = this.#pending[0]) {
      const done = this.#append(lines);
      this.#pendingBytes -= done;
      this.#pending[0] = lines.subarray(done);
      if (done < lines.length) return;
      this.#pending.shift();
    }
  }

  #writeLost(): boolean {
    const line = Buffer.from(
      `${stampOf(this.#stampedAt)} ${lostLine(this.#lost, this.#problem)}\n`,
    );
    if (this.#append(line) < line.length) return false;
    this.#lost = 0;
    return true;
  }

  /** Writes the error file; an empty one if there is no room for the text, which is then retried with each write. */
  #showError(): void {
    if (this.#isErrorShown) return;
    const log = this.output === null ? "" : ` ${this.output.settings.path}`;
    const reason = `The log${log} can't be written: ${this.#problem}\n`;
    const isShown = this.#files.leave("writer-error", reason);
    if (!isShown) this.#files.leave("writer-error", "");
    this.#isErrorShown = isShown || null;
  }

  #hideError(): void {
    if (this.#isErrorShown === false) return;
    this.#isErrorShown = false;
    this.#files.remove("writer-error");
  }
}

/** As fast as `set` for a line of a hundred bytes, without allocating a `subarray`. */
function copy(from: Uint8Array, length: number, to: Uint8Array, start: number): void {
  for (let index = 0; index < length; index++) to[start + index] = from[index]!;
}

function countLines(bytes: Buffer): number {
  let count = 0;
  for (const byte of bytes) if (byte === LINE_FEED) count++;
  return count;
}
