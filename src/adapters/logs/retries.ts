/** Pause between attempts to write kept lines while the tasks are silent, ms. */
const RETRY_EVERY = 500;

/** What may have lines that could not be written. */
interface Retried {
  readonly isBehind: boolean;
  retry(): void;
}

/** Those that have lines which could not be written, and when they try again. */
export class LogRetries {
  readonly #waiting = new Set<Retried>();
  #at = Infinity;

  /** When the next attempt is due, monotonic ms; never if there are none. */
  get at(): number {
    return this.#at;
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  /** Keeps it until it has written all. */
  watch(retried: Retried): void {
    if (!retried.isBehind) return;
    this.#waiting.add(retried);
    if (this.#at === Infinity) this.#at = performance.now() + RETRY_EVERY;
  }

  /** Tries again if it is time. `makeRoom`: frees descriptors. */
  tryIfDue(makeRoom: () => void): void {
    if (performance.now() < this.#at) return;
    makeRoom();
    for (const retried of this.#waiting) {
      retried.retry();
      if (!retried.isBehind) this.#waiting.delete(retried);
    }
    this.#at = this.isEmpty ? Infinity : performance.now() + RETRY_EVERY;
  }
}
