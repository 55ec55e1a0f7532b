/** A query that has not started. */
interface Waiting {
  key: string;
  begin(): void;
  answer: Promise<unknown>;
}

/** Maximum number of concurrent queries: each calls tmux, and a hundred at once would block the daemon. */
const MOST_LOOKS = 3;

/**
 * Limits concurrent queries; identical pending queries share one answer, which is as new as their own would be.
 */
export class QueryQueue {
  #running = 0;
  readonly #waiting: Waiting[] = [];
  readonly #pause: () => Promise<void>;

  /** `pause` lets other work go first. */
  constructor(pause: () => Promise<void>) {
    this.#pause = pause;
  }

  /** Runs a query when it is its turn; `key` identifies identical ones. */
  run<T>(key: string, look: () => Promise<T>): Promise<T> {
    const same = this.#waiting.find((one) => one.key === key);
    if (same) return same.answer as Promise<T>;
    const { promise, resolve } = Promise.withResolvers<void>();
    const answer = promise.then(look).finally(() => void this.#done());
    this.#waiting.push({ key, begin: resolve, answer });
    this.#next();
    return answer;
  }

  #next(): void {
    if (this.#running === MOST_LOOKS) return;
    const waiting = this.#waiting.shift();
    if (waiting === undefined) return;
    this.#running++;
    waiting.begin();
  }

  async #done(): Promise<void> {
    if (this.#waiting.length > 0) await this.#pause();
    this.#running--;
    this.#next();
  }
}
