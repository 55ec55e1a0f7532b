import { type OpenLine, openLine, promptAt, shownPrompt } from "../../domain/logs/prompt.ts";
import type { LogWriterFiles } from "./writer-files.ts";

/** The file in a task's directory with the line at which it waits: the run, and the text. */
export const PROMPT = "prompt";

/** What the file holds. */
export interface PromptRecord {
  run: string;
  text: string;
}

/** The line that a task has not ended: recorded once it has stood, until it changes. */
export class LogPrompt {
  #line: OpenLine | null = null;
  /** When the line is to be recorded, monotonic ms. */
  #at = Infinity;
  /**
   * Whether the file is there. Null until the first output: a hub that was killed may have left it, and it is true as long
   * as the task prints nothing.
   */
  #isRecorded: boolean | null = null;
  readonly #files: LogWriterFiles;

  constructor(files: LogWriterFiles) {
    this.#files = files;
  }

  /** When the line counts as a prompt, monotonic ms; never if it was recorded, or there is none. */
  get at(): number {
    return this.#at;
  }

  /** The task has printed something; `text` is its unfinished line now, null if there is none. */
  see(text: string | null): void {
    if (text === null && this.#line === null && this.#isRecorded === false) return;
    const line = openLine(this.#line, text, performance.now());
    if (line === this.#line && this.#isRecorded !== null) return;
    this.#line = line;
    this.#at = line === null ? Infinity : promptAt(line);
    if (this.#isRecorded !== false) this.#files.remove(PROMPT);
    this.#isRecorded = false;
  }

  /** Records the line of this run if it has stood. Returns its text if so. */
  recordIfDue(run: string | null): string | null {
    if (this.#line === null || performance.now() < this.#at) return null;
    this.#at = Infinity;
    if (run === null) return null;
    const { text } = this.#line;
    const record: PromptRecord = { run, text: shownPrompt(text) };
    this.#isRecorded = true;
    this.#files.leave(PROMPT, `${JSON.stringify(record)}\n`);
    return text;
  }
}

/** What waits for its time to be recorded. */
interface Prompting {
  readonly promptAt: number;
  recordPrompt(): void;
}

/** The tasks whose unfinished line may become a prompt. */
export class PromptTimes {
  readonly #waiting = new Set<Prompting>();

  /** When the next one is due, monotonic ms; never if there is none. */
  get at(): number {
    let next = Infinity;
    for (const { promptAt } of this.#waiting) next = Math.min(next, promptAt);
    return next;
  }

  /** The task has printed something. */
  watch(task: Prompting): void {
    if (task.promptAt === Infinity) this.#waiting.delete(task);
    else this.#waiting.add(task);
  }

  /** Records those that have stood. */
  recordDue(): void {
    for (const task of this.#waiting) {
      task.recordPrompt();
      this.watch(task);
    }
  }
}
