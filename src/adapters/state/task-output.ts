import { type LogPipe, readLogPipe } from "../launch/log-pipe.ts";
import { isFifo, OUTPUT_FIFO } from "../logs/hub-files.ts";
import { PROMPT, type PromptRecord } from "../logs/prompt.ts";
import type { LogWriterSettings } from "../logs/writer-files.ts";
import { parseJson } from "../system/files.ts";
import type { Readings } from "./readings.ts";

const NO_ROOM = "The log can't be written, and there is no room to record why";

/** What the log hub has recorded of a task's output. */
export class TaskOutput {
  readonly #files: Readings;

  constructor(files: Readings) {
    this.#files = files;
  }

  /** Whether a line of this run has matched `ready_log`. */
  isReady(run: string): boolean {
    return this.#files.text("ready")?.trim() === run;
  }

  /** When the newest line matched `ready_log`, epoch ms by the file system's clock. */
  readyAt(): number | null {
    return this.#files.modifiedAt("ready");
  }

  /** The line that this run has not ended, and at which it may wait for an answer; null if there is none. */
  prompt(run: string): string | null {
    const text = this.#files.rare(PROMPT);
    const record = (text === null ? null : parseJson(text)) as PromptRecord | null;
    return record?.run === run ? record.text : null;
  }

  /** Whether the log is complete for this run. */
  isLogged(run: string): boolean {
    return this.#files.text("logged")?.trim() === run;
  }

  /** Why the log can't be written, as a sentence. On a full disk the file with the reason is empty. */
  writerError(): string | null {
    const reason = this.#files.rare("writer-error")?.trim() ?? null;
    return reason === "" ? NO_ROOM : reason;
  }

  /** The state of the pipe from the task's window to its log. */
  pipe(): LogPipe {
    return this.#files.isHidden() ? { kind: "unknown" } : readLogPipe(this.#files.directory);
  }

  /** Whether the output of the task's window goes to the log hub; not in a window that 0.1.0 opened. */
  usesHub(): boolean {
    return isFifo(this.#files.path(OUTPUT_FIFO));
  }

  /** The files to which lines of the task were written, absolute; of 0.1.0 only those configured. */
  writtenLogs(): string[] {
    const written = (this.#files.json("written.json") as string[] | null) ?? [];
    const settings = this.#files.json("writer.json") as Partial<LogWriterSettings> | null;
    if (settings?.log_file === undefined || settings.keeps_record === true) return written;
    return [...new Set([...written, settings.log_file])];
  }
}
