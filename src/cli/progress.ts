import type { Progress } from "../domain/progress.ts";
import { write } from "./output.ts";
import { duration } from "../domain/units.ts";
import { fit, paint, type View } from "./style.ts";

/** Tells of progress on stderr while a command works. */
export interface Teller {
  progress(progress: Progress): void;
  waitingForLock(): void;
  /** Takes the live line away. */
  close(): void;
}

/** A live line on a terminal, a line for each change elsewhere. */
export function progressTeller(onTerminal: boolean, view: View): Teller {
  return onTerminal ? new LiveLine(view) : plainTeller();
}

const tell = (line: string): void => write(2, `${line}\n`);

const LOCK_NOTE = "waiting for another taskmux command on this session";

function plainTeller(): Teller {
  return {
    progress: (progress) => {
      const line = plainLine(progress);
      if (line !== null) tell(line);
    },
    waitingForLock: () => tell(LOCK_NOTE),
    close: () => {},
  };
}

/** What is worth a line of its own; the command's result tells the rest. */
function plainLine(progress: Progress): string | null {
  switch (progress.kind) {
    case "launched":
      return `${progress.task}: launched${progress.pid === null ? "" : ` (pid ${progress.pid})`}`;
    case "waiting":
      return `${progress.task}: waiting: ${progress.reason}`;
    case "ready":
      return `${progress.task}: ready after ${seconds(progress.after)}`;
    case "failed":
    case "skipped":
      return null;
    case "stopping":
      return null;
    case "stopped":
      return progress.signal === null ? null : `${progress.task}: stopped`;
  }
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** How often the live line is drawn anew, ms. */
const REDRAW = 100;

/** Work that ends sooner, ms, needs no line. */
const PATIENCE = 150;

/** What is being waited for, how long already: one line that is overwritten, and gone when the command is done. */
class LiveLine implements Teller {
  readonly #waiting = new Map<string, { since: number; reason: string }>();
  readonly #begun = Date.now();
  readonly #timer: Timer;
  #note: string | null = null;
  #isShown = false;

  constructor(private readonly view: View) {
    this.#timer = setInterval(() => this.#draw(), REDRAW);
  }

  progress(progress: Progress): void {
    const { task } = progress;
    if (progress.kind === "waiting" || progress.kind === "stopping") {
      const reason = progress.kind === "waiting" ? progress.reason : "to stop";
      this.#waiting.set(task, { since: Date.now(), reason });
    } else if (progress.kind !== "launched") this.#waiting.delete(task);
    this.#note = null;
  }

  waitingForLock(): void {
    this.#note = LOCK_NOTE;
  }

  close(): void {
    clearInterval(this.#timer);
    if (this.#isShown) write(2, "\r\u001b[K");
  }

  #draw(): void {
    const text = this.#note ?? this.#text();
    if (text === null || Date.now() - this.#begun < PATIENCE) return;
    this.#isShown = true;
    write(2, `\r${paint(fit(text, this.view.width - 1), "dim", this.view)}\u001b[K`);
  }

  #text(): string | null {
    const [first, ...more] = this.#waiting;
    if (!first) return null;
    const [task, { since, reason }] = first;
    const others = more.length > 0 ? ` (and ${more.map(([name]) => name).join(", ")})` : "";
    return `waiting for ${task}${others} ${duration(Date.now() - since)}: ${reason}`;
  }
}
