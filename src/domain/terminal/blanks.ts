/**
 * At least this many empty lines before a move to the top of the screen only clear it (Vite prints one for each row); fewer
 * are text.
 */
const FEWEST_PADDING = 5;
/** No screen has more rows than this. */
const MOST_PADDING = 1000;

/** Holds back empty lines of a log until it is known whether they only cleared the screen. */
export class LogBlanks {
  #kept = 0;

  /** Number of lines that are held back. */
  get count(): number {
    return this.#kept;
  }

  /** Holds one back; false if there are too many for a cleared screen: they are text, to be released. */
  keep(): boolean {
    if (this.#kept === MOST_PADDING) return false;
    this.#kept++;
    return true;
  }

  /** The screen was cleared: drops the lines that scrolled it. */
  dropPadding(): void {
    if (this.#kept >= FEWEST_PADDING) this.#kept = 0;
  }

  /** Returns how many lines are text after all. */
  release(): number {
    const kept = this.#kept;
    this.#kept = 0;
    return kept;
  }
}
