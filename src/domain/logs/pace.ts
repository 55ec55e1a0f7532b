/** Number of turns that follow each other at once. */
const MOST_CREDIT = 25;
/** Pause between turns while there is steady output, ms: lines that come in it are read together. */
export const PACE = 30;
/** A read of more bytes than this is part of a flood, which must not wait. */
export const SMALL_READ = 4096;

/**
 * When a log hub reads again. A single line is read at once; under steady output from many tasks each wake-up costs more
 * than the line, so after some turns they come every 30 ms.
 */
export class Pace {
  #credit = MOST_CREDIT;
  #at: number;

  /** `now`: monotonic ms. */
  constructor(now: number) {
    this.#at = now;
  }

  /** The pause after a turn that ended `now`, ms; `largest`: the largest number of bytes that it read at a time. */
  after(now: number, largest: number): number {
    this.#credit = Math.min(MOST_CREDIT, this.#credit + (now - this.#at) / PACE) - 1;
    const isSteady = this.#credit < 0;
    this.#credit = Math.max(this.#credit, 0);
    const pause = isSteady && largest <= SMALL_READ ? PACE : 0;
    this.#at = now + pause;
    return pause;
  }
}
