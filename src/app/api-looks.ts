/** A look that has not begun. */
interface Waiting {
  key: string;
  begin(): void;
  answer: Promise<unknown>;
}

/** So many at a time: each asks tmux, and a hundred at once would leave the daemon no time for anything else. */
const MOST_LOOKS = 3;

/**
 * Lets clients' looks at the project take turns. Who asks for what somebody waits for already, gets the same answer: it is
 * as new as one of its own.
 */
export class ApiLooks {
  #running = 0;
  readonly #waiting: Waiting[] = [];

  /** `pause`: lets whatever else there is to do come first. */
  constructor(private readonly pause: () => Promise<void>) {}

  /** Looks, in its turn; `key` says what at. */
  take<T>(key: string, look: () => Promise<T>): Promise<T> {
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
    if (this.#waiting.length > 0) await this.pause();
    this.#running--;
    this.#next();
  }
}
