import {
  discardedLine,
  exitLine,
  gapLine,
  signalName,
  startLine,
  withoutColour,
} from "../../domain/logs/line.ts";
import { isNote, type LogMark, parseMark } from "../../domain/logs/marks.ts";
import { LONGEST_PROMPT } from "../../domain/logs/prompt.ts";
import { type AfterMark, LogText } from "../../domain/terminal/text.ts";
import { LogBacklog, newBatch } from "./backlog.ts";
import { DISCARDED, LOG_GAP } from "./hub-files.ts";
import { LogOutput } from "./output.ts";
import { LogPrompt } from "./prompt.ts";
import type { LogWriterFiles, LogWriterSettings } from "./writer-files.ts";

/** If the clock was set back by less, ms, stamps wait until it catches up: readers bisect by time. */
const SMALL_STEP_BACK = 5000;

/** Appends a pane's output to its task's log. While the log can't be written, the reason is in `writer-error`. */
export class LogWriter {
  readonly #text = new LogText({
    line: (bytes, length) => this.#line(bytes, length),
    mark: (fields) => this.#mark(fields),
    isNote: (bytes) => isNote(bytes, this.#settings?.key ?? ""),
  });
  readonly #backlog: LogBacklog;
  #settings: LogWriterSettings | null = null;
  /** The pattern of the launch that no line has matched yet. */
  #ready: RegExp | null = null;

  /** The current launch, or the last one. */
  #run: string | null = null;
  #startedAt: number | null = null;
  /** A launch whose end is not written yet. */
  #endedRun: string | null = null;
  /** The file that is recorded as written. */
  #recorded: string | null = null;
  #after: "log" | "window" = "log";
  #now = 0;
  readonly #files: LogWriterFiles;
  readonly #prompt: LogPrompt;

  /**
   * `batch`: where lines are collected until they are written; empty between two calls, so writers may share it. `onWrite`
   * is called before the log is written.
   */
  constructor(files: LogWriterFiles, batch = newBatch(), onWrite?: () => void) {
    this.#files = files;
    this.#prompt = new LogPrompt(files);
    this.#backlog = new LogBacklog(files, batch, onWrite);
    this.#load();
    this.#continueRun();
    this.markGap();
  }

  /** Marks missing output: another program had taken the pipe, or no hub could run. */
  markGap(): void {
    const gap = this.#files.read(LOG_GAP);
    if (gap === null) return;
    this.#readClock();
    const line = gap.trim() === DISCARDED ? discardedLine() : gapLine(Number(gap) || null);
    this.#backlog.addText(this.#now, line);
    this.#write();
    this.#files.remove(LOG_GAP);
  }

  get isBehind(): boolean {
    return this.#backlog.isBehind;
  }

  /** Bytes of text that are read, and not in the log yet. */
  get unwritten(): number {
    return this.#text.unfinished + this.#backlog.pendingBytes;
  }

  /** Adds a line that says what happened when the writer before was killed. */
  markBreak(line: string): void {
    this.#readClock();
    this.#backlog.finishTornLine();
    this.#backlog.addText(this.#now, line);
    this.#write();
  }

  take(chunk: Uint8Array, size: number): void {
    if (this.#settings === null) this.#load();
    this.#readClock();
    this.#text.push(chunk, size);
    this.#prompt.see(this.#text.open(LONGEST_PROMPT));
    this.#write();
  }

  /** When its unfinished line counts as a prompt, monotonic ms; never if there is none, or it was recorded. */
  get promptAt(): number {
    return this.#prompt.at;
  }

  /** Records the unfinished line once it has stood: the task may wait for an answer, and be ready for it. */
  recordPrompt(): void {
    const text = this.#prompt.recordIfDue(this.#run);
    if (text !== null && this.#looksForReady) this.#lookForReady(text);
  }

  /** Writes kept lines, and removes the error of an earlier writer if there are none. */
  retry(): void {
    if (this.#settings === null) this.#load();
    this.#write();
  }

  /** Closes the log until the next write. */
  release(): void {
    this.#backlog.output?.close();
  }

  /** The end of the output: an unfinished line is part of the log. If it can't be written, {@link retry} may later. */
  end(): void {
    this.#readClock();
    this.#text.flush();
    this.#prompt.see(null);
    this.#write();
    this.release();
  }

  #write(): void {
    this.#backlog.write();
    this.#recordWritten();
    if (this.#endedRun === null || this.#backlog.isBehind) return;
    this.#files.leave("logged", `${this.#endedRun}\n`);
    this.#endedRun = null;
  }

  /** Records the file: only recorded files are shown and deleted as logs. */
  #recordWritten(): void {
    const { output } = this.#backlog;
    if (output === null || !output.hasWritten || output.settings.path === this.#recorded) return;
    if (this.#files.recordWritten(output.settings.path)) this.#recorded = output.settings.path;
  }

  #readClock(): void {
    const now = Date.now();
    if (now > this.#now || now < this.#now - SMALL_STEP_BACK) this.#now = now;
  }

  #load(): void {
    const settings = this.#files.settings();
    if (settings !== null) this.#adopt(settings);
  }

  /** Applies settings. Earlier output still goes to the earlier file. */
  #adopt(settings: LogWriterSettings): void {
    const backlog = this.#backlog;
    if (backlog.output !== null) backlog.write();
    this.#recordWritten();
    backlog.output?.close();
    this.#settings = settings;
    this.#ready = settings.ready_log === null ? null : patternOf(settings.ready_log);
    const { log_file: path, log_max_size: maxSize, log_max_files: maxFiles } = settings;
    backlog.output = new LogOutput({ path, maxSize, maxFiles, isOurs: this.#files.isOurs(path) });
  }

  /** A writer that replaces another one takes over the current launch. */
  #continueRun(): void {
    const run = this.#settings?.run ?? null;
    this.#startedAt = run === null ? null : this.#files.startOf(run);
    if (this.#startedAt === null) return;
    this.#run = run;
    if (this.#files.read("ready")?.trim() === run) this.#ready = null;
  }

  #mark(fields: string[]): AfterMark {
    if (fields[1] !== this.#settings?.key) this.#loadNewKey();
    const mark = parseMark(fields, this.#settings?.key ?? "");
    if (mark?.kind === "note" && mark.length !== null) return { note: mark.length };
    if (mark !== null) this.#handleMark(mark);
    return this.#after;
  }

  /** Reads the key of a new window. A task that forges marks has no effect. */
  #loadNewKey(): void {
    const settings = this.#files.settings();
    if (settings !== null && settings.key !== this.#settings?.key) this.#adopt(settings);
  }

  #handleMark(mark: LogMark): void {
    this.#after = mark.kind === "note" ? "window" : "log";
    if (mark.kind === "note" || mark.kind === "end") return;
    this.#text.flush();
    this.#prompt.see(null);
    if (mark.kind === "start") this.#started(mark);
    else this.#ended(mark);
  }

  #started({ run, pid }: LogMark & { kind: "start" }): void {
    this.#load();
    this.#run = run;
    this.#startedAt = this.#files.startOf(run) ?? Date.now();
    const command = this.#settings?.run === run ? this.#settings.command : "";
    this.#backlog.addText(this.#now, startLine(pid, command));
  }

  #ended(mark: LogMark & { kind: "exit" | "signal" }): void {
    const isKnown = this.#startedAt !== null && this.#run === mark.run;
    const lasted = isKnown ? Date.now() - this.#startedAt! : null;
    const end =
      mark.kind === "exit"
        ? { status: mark.status }
        : { signal: signalName(mark.signal, process.platform) };
    this.#ready = null;
    this.#startedAt = null;
    this.#backlog.addText(this.#now, exitLine(end, lasted, this.#files.wasStopped(mark.run)));
    this.#endedRun = mark.run;
  }

  get #looksForReady(): boolean {
    return this.#ready !== null && this.#run !== null;
  }

  #line(bytes: Uint8Array, length: number): void {
    if (this.#looksForReady)
      this.#lookForReady(withoutColour(new TextDecoder().decode(bytes.subarray(0, length))));
    this.#backlog.add(this.#now, bytes, length);
  }

  #lookForReady(text: string): void {
    if (!this.#ready!.test(text)) return;
    this.#ready = null;
    this.#files.leave("ready", `${this.#run}\n`);
  }
}

/** The pattern of `ready_log`. It was validated before the launch, so it is invalid only if the file is incomplete. */
function patternOf(source: string): RegExp | null {
  try {
    return new RegExp(source);
  } catch {
    return null;
  }
}
