/** The most characters of a task's log that the API sends in a second, about 5,000 lines. The log has the rest. */
const MOST_A_SECOND = 512 * 1024;

/** Overhead of a line, in characters. */
const PER_LINE = 80;

const secondOf = (now: number): number => Math.floor(now / 1000);

/**
 * Limits the lines that are sent of each task per second, so that a flooding task doesn't delay the replies. Times are
 * epoch ms.
 */
export class LineBudget {
  #second = 0;
  #reportedIn = 0;
  readonly #spent = new Map<string, number>();
  readonly #leftOut = new Map<string, number>();

  /** Whether the budget of this second allows the line. */
  admits(task: string, text: string, now: number): boolean {
    if (secondOf(now) !== this.#second) this.#spent.clear();
    this.#second = secondOf(now);
    const spent = (this.#spent.get(task) ?? 0) + text.length + PER_LINE;
    this.#spent.set(task, spent);
    if (spent <= MOST_A_SECOND) return true;
    this.#leftOut.set(task, (this.#leftOut.get(task) ?? 0) + 1);
    return false;
  }

  /** The number of lines left out of each task since the last report; at most one report per second. */
  settle(now: number): { task: string; lines: number }[] {
    if (this.#leftOut.size === 0 || this.#reportedIn === secondOf(now)) return [];
    this.#reportedIn = secondOf(now);
    const report = [...this.#leftOut].map(([task, lines]) => ({ task, lines }));
    this.#leftOut.clear();
    return report;
  }
}
