import { lostLine, stampLength, stampOf } from "../domain/log-line.ts";
import { cutMark, maxLineBytes } from "../domain/log-buffer.ts";
import type { LogOutput } from "./log-output.ts";
import type { LogWriterFiles } from "./log-writer-files.ts";

const batchSize = 131072;
const longestEntry = stampLength + 1 + maxLineBytes + cutMark.length + 8;
/** Bytes kept while the log can't be written; the oldest go first. */
const mostPending = 1 << 20;
const lineFeed = 10;

/** Lines on their way to the log: written together, and kept while they can't be. Then `writer-error` says why. */
export class LogBacklog {
  /** Null until the settings are there. */
  output: LogOutput | null = null;

  private readonly batch = Buffer.allocUnsafeSlow(batchSize);
  private batched = 0;
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  private lost = 0;
  private problem = "its settings are missing";
  /** Not known at first: a writer before this one may have left its error. */
  private isErrorShown: boolean | null = null;

  private stampedAt = -1;
  private readonly stamp = Buffer.alloc(stampLength + 1, " ");

  constructor(private readonly files: LogWriterFiles) {}

  /** Something is kept that could not be written. */
  get isBehind(): boolean {
    return this.pending.length > 0;
  }

  /** Adds a line with the stamp of `time`, epoch ms. */
  add(time: number, bytes: Uint8Array, length: number): void {
    const start = this.begin(time);
    copy(bytes, length, this.batch, start);
    this.end(start + length);
  }

  addText(time: number, text: string): void {
    const start = this.begin(time);
    this.end(start + this.batch.write(text, start));
  }

  /** Writes what there is, as far as it can be written. */
  write(): void {
    const lines = this.batch.subarray(0, this.batched);
    this.batched = 0;
    if (lines.length === 0 && !this.isBehind) return;
    const done = this.isBehind ? 0 : this.append(lines);
    if (done < lines.length) this.keep(lines.subarray(done));
    if (this.isBehind) this.writePending();
    if (this.isBehind) this.showError();
    else this.hideError();
  }

  private begin(time: number): number {
    if (this.batched + longestEntry > batchSize) this.write();
    if (this.stampedAt !== time) this.stamp.write(stampOf(time), 0, "latin1");
    this.stampedAt = time;
    copy(this.stamp, this.stamp.length, this.batch, this.batched);
    return this.batched + stampLength + 1;
  }

  private end(at: number): void {
    this.batch[at] = lineFeed;
    this.batched = at + 1;
  }

  /** Bytes written, whole lines; fewer than given where the file system refuses, and `problem` says why. */
  private append(lines: Uint8Array): number {
    if (this.output === null) return 0;
    let done = 0;
    try {
      while (done < lines.length) done += this.output.append(lines.subarray(done));
    } catch (error) {
      this.problem = reasonOf(error);
      this.output.close();
    }
    return done;
  }

  private keep(lines: Buffer): void {
    this.pending.push(Buffer.from(lines));
    this.pendingBytes += lines.length;
    while (this.pendingBytes > mostPending && this.pending.length > 1) {
      const oldest = this.pending.shift()!;
      this.pendingBytes -= oldest.length;
      this.lost += countLines(oldest);
    }
  }

  private writePending(): void {
    if (this.lost > 0 && !this.writeLost()) return;
    for (let lines = this.pending[0]; lines !== undefined; lines = this.pending[0]) {
      const done = this.append(lines);
      this.pendingBytes -= done;
      this.pending[0] = lines.subarray(done);
      if (done < lines.length) return;
      this.pending.shift();
    }
  }

  private writeLost(): boolean {
    const line = Buffer.from(`${stampOf(this.stampedAt)} ${lostLine(this.lost, this.problem)}\n`);
    if (this.append(line) < line.length) return false;
    this.lost = 0;
    return true;
  }

  /** Where the disk is full, the telling has no room either: it is tried again with each write. */
  private showError(): void {
    if (this.isErrorShown) return;
    const log = this.output === null ? "" : ` ${this.output.settings.path}`;
    this.isErrorShown = this.files.leave(
      "writer-error",
      `The log${log} can't be written: ${this.problem}\n`,
    );
  }

  private hideError(): void {
    if (this.isErrorShown === false) return;
    this.isErrorShown = false;
    this.files.remove("writer-error");
  }
}

/** As fast as `set` for the hundred bytes of a line, and without the garbage of the `subarray` that it needs. */
function copy(from: Uint8Array, length: number, to: Uint8Array, start: number): void {
  for (let index = 0; index < length; index++) to[start + index] = from[index]!;
}

function countLines(bytes: Buffer): number {
  let count = 0;
  for (const byte of bytes) if (byte === lineFeed) count++;
  return count;
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return reasons[code ?? ""] ?? message;
}

const reasons: Record<string, string> = {
  ENOSPC: "no space left on the device",
  EDQUOT: "the disk quota is used up",
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  EROFS: "the file system is read-only",
  EISDIR: "it is a directory",
  ENOTDIR: "a parent of it is not a directory",
  ELOOP: "it is a symbolic link",
  EIO: "input/output error",
  EFBIG: "the file is too large",
};
