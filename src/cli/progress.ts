import { printableLine } from "../domain/values/printable.ts";
import { phaseText, type Progress, progressLine } from "../domain/tasks/progress.ts";
import { printLines, write } from "./output.ts";
import { duration } from "../domain/values/units.ts";
import { fit, paint, type View } from "./render/style.ts";

/** Reports progress on stderr while a command runs. */
export interface ProgressReporter {
  progress(progress: Progress): void;
  waitingForLock(): void;
  gotLock(): void;
  /** A sentence about something that takes long. */
  notice(sentence: string): void;
  /** Removes the live line. */
  close(): void;
}

/** A live line on a terminal, otherwise a line for each change. */
export function createProgressReporter(onTerminal: boolean, view: View): ProgressReporter {
  return onTerminal ? new LiveLine(view) : plainReporter();
}

const printLine = (line: string): void => printLines(2, [printableLine(line)]);

const LOCK_NOTE = "waiting for another taskmux command on this session";

function plainReporter(): ProgressReporter {
  return {
    progress: (progress) => {
      const line = progressLine(progress);
      if (line !== null) printLine(line);
    },
    waitingForLock: () => printLine(LOCK_NOTE),
    gotLock: () => {},
    notice: printLine,
    close: () => {},
  };
}

/** Redraw period of the live line, ms. */
const REDRAW = 100;

/** The live line is shown after this time, ms. */
const LIVE_LINE_DELAY = 150;

/** What follows the names of the tasks that are waited for. */
interface Waiting {
  since: number;
  text(now: number): string;
}

/** What the command waits for, and for how long: a line that is overwritten, and removed at the end. */
class LiveLine implements ProgressReporter {
  readonly #waiting = new Map<string, Waiting>();
  readonly #begun = performance.now();
  readonly #timer: Timer;
  #note: string | null = null;
  #isShown = false;
  readonly #view: View;

  constructor(view: View) {
    this.#view = view;
    this.#timer = setInterval(() => this.#draw(), REDRAW);
  }

  progress(progress: Progress): void {
    const { task } = progress;
    if (progress.kind === "stopping") {
      const { phase } = progress;
      const since = performance.now();
      this.#waiting.set(task, { since, text: (now) => `, ${phaseText(phase, now)}` });
    } else if (progress.kind === "waiting") this.#waitFor(task, progress.reason, null);
    else if (progress.kind === "waits_for" && progress.reason !== null) {
      this.#waitFor(task, progress.reason, this.#waiting.get(task) ?? null);
    } else if (progress.kind !== "launched") this.#waiting.delete(task);
  }

  /** `before`: for how long it has been waited already is counted too. */
  #waitFor(task: string, reason: string, before: Waiting | null): void {
    const since = before?.since ?? performance.now();
    this.#waiting.set(task, { since, text: (now) => ` ${duration(now - since)}: ${reason}` });
  }

  waitingForLock(): void {
    this.#note = LOCK_NOTE;
  }

  gotLock(): void {
    this.#note = null;
  }

  notice(sentence: string): void {
    this.#clear();
    printLine(sentence);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#clear();
  }

  #clear(): void {
    if (this.#isShown) write(2, "\r\u001b[K");
    this.#isShown = false;
  }

  #draw(): void {
    const text = this.#note ?? this.#text();
    if (text === null) return this.#clear();
    if (performance.now() - this.#begun < LIVE_LINE_DELAY) return;
    this.#isShown = true;
    write(
      2,
      `\r${paint(fit(printableLine(text), this.#view.width - 1), "dim", this.#view)}\u001b[K`,
    );
  }

  #text(): string | null {
    const [first, ...more] = this.#waiting;
    if (!first) return null;
    const [task, { text }] = first;
    const others = more.length > 0 ? ` (and ${more.map(([name]) => name).join(", ")})` : "";
    return `waiting for ${task}${others}${text(performance.now())}`;
  }
}
