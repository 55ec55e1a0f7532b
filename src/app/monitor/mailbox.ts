import type { Context } from "../context.ts";

/** The unhandled messages of a loop, which sleeps here until a message, a `wake` or a timeout. */
export class Mailbox {
  /** Names of tasks; null: all of them. The first round checks all. */
  #messages = new Set<string | null>([null]);
  #wake: () => void = () => {};
  readonly #sleep: Context["sleep"];

  constructor(sleep: Context["sleep"]) {
    this.#sleep = sleep;
  }

  /** A task may have changed; null: any task. */
  tell(task: string | null): void {
    this.#messages.add(task);
    this.#wake();
  }

  /** Removes and returns all messages. */
  take(): ReadonlySet<string | null> {
    const messages = this.#messages;
    this.#messages = new Set();
    return messages;
  }

  /** Ends the wait, for example because a deadline is earlier now. */
  wake(): void {
    this.#wake();
  }

  /** Returns at a message, at a `wake`, or after `ms`. */
  async next(ms: number): Promise<void> {
    if (this.#messages.size > 0) return;
    const waking = new AbortController();
    this.#wake = () => waking.abort();
    await this.#sleep(Math.max(0, ms), waking.signal);
    this.#wake = () => {};
  }
}
