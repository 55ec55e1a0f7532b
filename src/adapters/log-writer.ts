import { read, readFileSync, readSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import {
  exitLine,
  lostLine,
  signalName,
  stampLength,
  stampOf,
  startLine,
  withoutColour,
} from "../domain/log-line.ts";
import { type LogMark, parseMark } from "../domain/log-marks.ts";
import { cutMark, LogText, maxLineBytes } from "../domain/log-text.ts";
import { LogOutput } from "./log-output.ts";

/** What the writer is told of its task: `writer.json` in the task's directory, replaced before each launch. */
export interface LogWriterSettings {
  task: string;
  /** The secret in the launcher's marks. */
  key: string;
  /** Absolute. */
  log_file: string;
  /** Bytes. */
  log_max_size: number;
  log_max_files: number;
  /** The launch that is told next, or is under way; null before the first. */
  run: string | null;
  command: string;
  ready_log: string | null;
}

const readSize = 65536;
const batchSize = 131072;
const longestEntry = stampLength + 1 + maxLineBytes + cutMark.length + 8;
/** Bytes kept while the log can't be written; the oldest go first. */
const mostPending = 1 << 20;
/** Milliseconds between tries to write what is pending while the task is silent. */
const retryEvery = 500;
/** A clock that was set back by less is waited for: readers bisect by time. */
const smallStepBack = 5000;
const lineFeed = 10;

/**
 * The log writer: reads a pane's output from descriptor 0 until it ends, and appends it to the task's log. It never
 * stops reading: while the log can't be written, `writer-error` in the task's directory says why. Returns the exit status.
 */
export async function runLogWriter(directory: string): Promise<number> {
  const writer = new LogWriter(directory);
  const chunk = Buffer.allocUnsafeSlow(readSize);
  for (;;) {
    const size = writer.isBehind
      ? await readRetrying(chunk, () => writer.retry())
      : readNext(chunk);
    if (size <= 0) return writer.end();
    writer.take(chunk, size);
  }
}

/** The number of bytes read; 0 at the end. */
function readNext(chunk: Buffer): number {
  for (;;) {
    try {
      return readSync(0, chunk, 0, readSize, null);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EAGAIN") Bun.sleepSync(5);
      else if (code !== "EINTR") return 0;
    }
  }
}

/** As readNext, with timers running: what is pending is written once it can be, even if the task says nothing more. */
async function readRetrying(chunk: Buffer, retry: () => void): Promise<number> {
  const timer = setInterval(retry, retryEvery);
  try {
    return await readAsync(chunk);
  } finally {
    clearInterval(timer);
  }
}

function readAsync(chunk: Buffer): Promise<number> {
  return new Promise((resolve) => {
    read(0, chunk, 0, readSize, null, (error, size) =>
      resolve(error === null ? size : readNext(chunk)),
    );
  });
}

class LogWriter {
  private readonly text = new LogText({
    line: (bytes, length) => this.line(bytes, length),
    mark: (fields) => this.mark(fields),
  });
  private settings: LogWriterSettings | null = null;
  private output: LogOutput | null = null;
  private ready: RegExp | null = null;

  private readonly batch = Buffer.allocUnsafeSlow(batchSize);
  private batched = 0;
  private pending: Uint8Array[] = [];
  private lost = 0;
  private problem = "";
  /** Not known at first: a writer before this one may have left its error. */
  private errorIsShown = true;

  private run = "";
  private startedAt: number | null = null;
  private muted = false;
  private endedRun = "";

  private now = 0;
  private stampedAt = -1;
  private readonly stamp = Buffer.alloc(stampLength + 1, " ");

  constructor(private readonly directory: string) {
    this.load();
    this.continueRun();
  }

  /** Something isn't written yet. */
  get isBehind(): boolean {
    return this.pending.length > 0;
  }

  take(chunk: Uint8Array, size: number): void {
    if (this.settings === null) this.load();
    this.readClock();
    this.text.push(chunk, size);
    this.write();
  }

  retry(): void {
    if (this.settings === null) this.load();
    this.write();
  }

  end(): number {
    this.readClock();
    this.text.flush();
    this.write();
    this.output?.close();
    return 0;
  }

  private readClock(): void {
    const now = Date.now();
    if (now > this.now || now < this.now - smallStepBack) this.now = now;
  }

  private load(): void {
    const settings = readSettings(`${this.directory}/writer.json`);
    if (settings !== null) this.adopt(settings);
  }

  private adopt(settings: LogWriterSettings): void {
    this.settings = settings;
    this.ready = settings.ready_log === null ? null : pattern(settings.ready_log);
    const path = settings.log_file;
    if (this.output !== null && this.output.settings.path !== path) this.write();
    this.output?.close();
    this.output = new LogOutput({
      path,
      maxSize: settings.log_max_size,
      maxFiles: settings.log_max_files,
      isOurs: isUnderStateHome(path, this.directory),
    });
  }

  /** A writer that replaces another one finds the run under way. */
  private continueRun(): void {
    const record = readText(`${this.directory}/record`);
    const started = /^start ([a-z0-9.]+)[^\n]*\n$/.exec(record ?? "");
    const run = started?.[1];
    if (run === undefined || run !== this.settings?.run) return;
    this.run = run;
    this.startedAt =
      statSync(`${this.directory}/record`, { throwIfNoEntry: false })?.mtimeMs ?? null;
    if (readText(`${this.directory}/ready`)?.trim() === this.run) this.ready = null;
  }

  private mark(fields: string[]): boolean {
    if (fields[1] !== this.settings?.key) this.loadNewKey();
    const mark = parseMark(fields, this.settings?.key ?? "");
    if (mark !== null) this.obey(mark);
    return this.muted;
  }

  /** The window was made anew. A task that makes up marks changes nothing. */
  private loadNewKey(): void {
    const settings = readSettings(`${this.directory}/writer.json`);
    if (settings !== null && settings.key !== this.settings?.key) this.adopt(settings);
  }

  private obey(mark: LogMark): void {
    this.muted = mark.kind === "note";
    if (mark.kind === "note" || mark.kind === "end") return;
    this.text.flush();
    if (mark.kind === "start") this.load();
    if (mark.kind === "start") this.started(mark);
    else this.ended(mark);
  }

  private started(mark: LogMark & { kind: "start" }): void {
    this.run = mark.run;
    this.startedAt = Date.now();
    const command = this.settings?.run === mark.run ? this.settings.command : "";
    this.ownLine(startLine(mark.pid, command));
  }

  private ended(mark: LogMark & { kind: "exit" | "signal" }): void {
    const lasted =
      this.startedAt !== null && this.run === mark.run ? Date.now() - this.startedAt : null;
    const end =
      mark.kind === "exit"
        ? { status: mark.status }
        : { signal: signalName(mark.signal, process.platform) };
    this.ready = null;
    this.startedAt = null;
    this.ownLine(exitLine(end, lasted));
    this.endedRun = mark.run;
  }

  private line(bytes: Uint8Array, length: number): void {
    if (this.ready !== null && this.run !== "") this.lookForReady(bytes, length);
    if (this.batched + longestEntry > batchSize) this.write();
    const start = this.writeStamp();
    if (length > 0) this.batch.set(bytes.subarray(0, length), start);
    this.batch[start + length] = lineFeed;
    this.batched = start + length + 1;
  }

  private ownLine(text: string): void {
    if (this.batched + longestEntry > batchSize) this.write();
    const start = this.writeStamp();
    this.batched = start + this.batch.write(`${text}\n`, start);
  }

  /** Returns where the text goes. */
  private writeStamp(): number {
    if (this.stampedAt !== this.now) {
      this.stamp.write(stampOf(this.now), 0, "latin1");
      this.stampedAt = this.now;
    }
    this.batch.set(this.stamp, this.batched);
    return this.batched + stampLength + 1;
  }

  private lookForReady(bytes: Uint8Array, length: number): void {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, length).toString("utf8");
    if (!this.ready!.test(withoutColour(text))) return;
    this.ready = null;
    this.leave("ready", `${this.run}\n`);
  }

  /** Writes what there is; keeps what can't be written. */
  private write(): void {
    if (this.batched > 0) {
      if (this.pending.length === 0) this.writeBatch();
      else this.keep(this.batch.subarray(0, this.batched));
      this.batched = 0;
    }
    if (this.pending.length > 0) this.writePending();
    if (this.endedRun !== "" && this.pending.length === 0) {
      this.leave("logged", `${this.endedRun}\n`);
      this.endedRun = "";
    }
  }

  private writeBatch(): void {
    const lines = this.batch.subarray(0, this.batched);
    const done = this.append(lines);
    if (done < lines.length) this.keep(lines.subarray(done));
    else this.hideError();
  }

  private writePending(): void {
    if (this.lost > 0 && !this.writeLost()) return;
    while (this.pending.length > 0) {
      const lines = this.pending[0]!;
      const done = this.append(lines);
      if (done < lines.length) {
        this.pending[0] = lines.subarray(done);
        return this.showError();
      }
      this.pending.shift();
    }
    this.hideError();
  }

  private writeLost(): boolean {
    const line = Buffer.from(`${stampOf(this.now)} ${lostLine(this.lost, this.problem)}\n`);
    if (this.append(line) < line.length) return false;
    this.lost = 0;
    return true;
  }

  /** Bytes written, whole lines; fewer than given where the file system refuses, and `problem` says why. */
  private append(lines: Uint8Array): number {
    if (this.output === null) {
      this.problem = "writer.json is missing";
      return 0;
    }
    let done = 0;
    try {
      while (done < lines.length) done += this.output.append(lines.subarray(done));
    } catch (error) {
      this.problem = reason(error);
      this.output.close();
    }
    return done;
  }

  private keep(lines: Uint8Array): void {
    this.pending.push(lines.slice());
    let size = this.pending.reduce((sum, piece) => sum + piece.length, 0);
    while (size > mostPending && this.pending.length > 1) {
      const oldest = this.pending.shift()!;
      size -= oldest.length;
      for (const byte of oldest) if (byte === lineFeed) this.lost++;
    }
    this.showError();
  }

  private showError(): void {
    if (this.errorIsShown && readText(`${this.directory}/writer-error`) !== null) return;
    const path = this.settings?.log_file ?? `${this.directory}/writer.json`;
    this.errorIsShown = true;
    this.leave("writer-error", `The log ${path} can't be written: ${this.problem}\n`);
  }

  private hideError(): void {
    if (!this.errorIsShown) return;
    this.errorIsShown = false;
    try {
      rmSync(`${this.directory}/writer-error`, { force: true });
    } catch {
      // The directory is gone, and the error with it.
    }
  }

  /** A small file for other processes to see; without the task's directory nobody looks. */
  private leave(name: string, text: string): void {
    const path = `${this.directory}/${name}`;
    try {
      writeFileSync(`${path}.new`, text, { mode: 0o600 });
      renameSync(`${path}.new`, path);
    } catch {
      // It is tried again with the next write; a full disk is told of as soon as there is room for the telling.
      if (name === "writer-error") this.errorIsShown = false;
    }
  }
}

function readSettings(path: string): LogWriterSettings | null {
  const text = readText(path);
  if (text === null) return null;
  try {
    return JSON.parse(text) as LogWriterSettings;
  } catch {
    return null;
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

function pattern(source: string): RegExp | null {
  try {
    return new RegExp(source);
  } catch {
    return null;
  }
}

/** TASKDIR is `~/.taskmux/run/SESSION/tasks/TASK`; the log is ours where it is under `~/.taskmux/logs`. */
function isUnderStateHome(path: string, directory: string): boolean {
  const home = directory.split("/").slice(0, -4).join("/");
  return path.startsWith(`${home}/logs/`);
}

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const known: Record<string, string> = {
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
  return known[code ?? ""] ?? message;
}
