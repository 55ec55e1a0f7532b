import { read, readSync } from "node:fs";
import { exitLine, signalName, startLine, withoutColour } from "../domain/log-line.ts";
import { type LogMark, parseMark } from "../domain/log-marks.ts";
import { LogText } from "../domain/log-text.ts";
import { LogBacklog } from "./log-backlog.ts";
import { LogOutput } from "./log-output.ts";
import { LogWriterFiles, type LogWriterSettings } from "./log-writer-files.ts";

const readSize = 65536;
/** Milliseconds between tries to write what is kept while the task is silent. */
const retryEvery = 500;
/** A clock that was set back by less, in ms, is waited for: readers bisect by time. */
const smallStepBack = 5000;

/**
 * The log writer: reads a pane's output from descriptor 0 until it ends, and appends it to the task's log. It never
 * stops reading: while the log can't be written, `writer-error` in the task's directory says why. Returns the exit status.
 */
export async function runLogWriter(directory: string): Promise<number> {
  const writer = new LogWriter(new LogWriterFiles(directory));
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

/** As readNext, with timers running: what is kept is written once it can be, even if the task says nothing more. */
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
    const attempt = (): void => read(0, chunk, 0, readSize, null, settle);
    const settle = (error: NodeJS.ErrnoException | null, size: number): void => {
      if (error === null) resolve(size);
      else if (error.code === "EAGAIN" || error.code === "EINTR") setTimeout(attempt, 20);
      else resolve(0);
    };
    attempt();
  });
}

class LogWriter {
  private readonly text = new LogText({
    line: (bytes, length) => this.line(bytes, length),
    mark: (fields) => this.mark(fields),
  });
  private readonly backlog: LogBacklog;
  private settings: LogWriterSettings | null = null;
  /** What a line of the launch has still to match. */
  private ready: RegExp | null = null;

  /** The launch under way, or the last one. */
  private run: string | null = null;
  private startedAt: number | null = null;
  /** A launch whose end is on its way to the log. */
  private endedRun: string | null = null;
  private isMuted = false;
  private now = 0;

  constructor(private readonly files: LogWriterFiles) {
    this.backlog = new LogBacklog(files);
    this.load();
    this.continueRun();
  }

  get isBehind(): boolean {
    return this.backlog.isBehind;
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
    this.backlog.output?.close();
    return 0;
  }

  private write(): void {
    this.backlog.write();
    if (this.endedRun === null || this.backlog.isBehind) return;
    this.files.leave("logged", `${this.endedRun}\n`);
    this.endedRun = null;
  }

  private readClock(): void {
    const now = Date.now();
    if (now > this.now || now < this.now - smallStepBack) this.now = now;
  }

  private load(): void {
    const settings = this.files.settings();
    if (settings !== null) this.adopt(settings);
  }

  /** What was said before goes where it belonged. */
  private adopt(settings: LogWriterSettings): void {
    const { backlog } = this;
    if (backlog.output !== null) backlog.write();
    backlog.output?.close();
    this.settings = settings;
    this.ready = settings.ready_log === null ? null : patternOf(settings.ready_log);
    const { log_file: path, log_max_size: maxSize, log_max_files: maxFiles } = settings;
    backlog.output = new LogOutput({ path, maxSize, maxFiles, isOurs: this.files.isOurs(path) });
  }

  /** A writer that replaces another one finds the launch under way. */
  private continueRun(): void {
    const run = this.settings?.run ?? null;
    this.startedAt = run === null ? null : this.files.startOf(run);
    if (this.startedAt === null) return;
    this.run = run;
    if (this.files.read("ready")?.trim() === run) this.ready = null;
  }

  private mark(fields: string[]): boolean {
    if (fields[1] !== this.settings?.key) this.loadNewKey();
    const mark = parseMark(fields, this.settings?.key ?? "");
    if (mark !== null) this.obey(mark);
    return this.isMuted;
  }

  /** The window was made anew. A task that makes up marks changes nothing. */
  private loadNewKey(): void {
    const settings = this.files.settings();
    if (settings !== null && settings.key !== this.settings?.key) this.adopt(settings);
  }

  private obey(mark: LogMark): void {
    this.isMuted = mark.kind === "note";
    if (mark.kind === "note" || mark.kind === "end") return;
    this.text.flush();
    if (mark.kind === "start") this.started(mark);
    else this.ended(mark);
  }

  private started({ run, pid }: LogMark & { kind: "start" }): void {
    this.load();
    this.run = run;
    this.startedAt = this.files.startOf(run) ?? Date.now();
    const command = this.settings?.run === run ? this.settings.command : "";
    this.backlog.addText(this.now, startLine(pid, command));
  }

  private ended(mark: LogMark & { kind: "exit" | "signal" }): void {
    const isKnown = this.startedAt !== null && this.run === mark.run;
    const lasted = isKnown ? Date.now() - this.startedAt! : null;
    const end =
      mark.kind === "exit"
        ? { status: mark.status }
        : { signal: signalName(mark.signal, process.platform) };
    this.ready = null;
    this.startedAt = null;
    this.backlog.addText(this.now, exitLine(end, lasted));
    this.endedRun = mark.run;
  }

  private line(bytes: Uint8Array, length: number): void {
    if (this.ready !== null && this.run !== null) this.lookForReady(bytes, length);
    this.backlog.add(this.now, bytes, length);
  }

  private lookForReady(bytes: Uint8Array, length: number): void {
    const text = new TextDecoder().decode(bytes.subarray(0, length));
    if (!this.ready!.test(withoutColour(text))) return;
    this.ready = null;
    this.files.leave("ready", `${this.run}\n`);
  }
}

/** The config is checked before a launch: one that is no expression can only be torn. */
function patternOf(source: string): RegExp | null {
  try {
    return new RegExp(source);
  } catch {
    return null;
  }
}
