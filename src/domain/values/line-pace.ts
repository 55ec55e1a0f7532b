/** Work that is done before needs no line, ms. */
export const QUIET_START = 500;
/** How often the line changes, ms. */
export const CHANGE_EVERY = 100;

/** When a line that says how far some work is gets drawn. Times are monotonic ms. */
export class LinePace {
  #next: number;

  constructor(begun: number) {
    this.#next = begun + QUIET_START;
  }

  /** Whether the line is drawn now. */
  isDue(now: number): boolean {
    if (now < this.#next) return false;
    this.#next = now + CHANGE_EVERY;
    return true;
  }
}
