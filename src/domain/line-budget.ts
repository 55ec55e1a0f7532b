/** How many letters of each task's log a second brings to the API's clients, some 5,000 lines. The rest is in the log. */
const MOST_A_SECOND = 512 * 1024;

/** What a line costs besides its text. */
const PER_LINE = 80;

const secondOf = (now: number): number => Math.floor(now / 1000);

/** A task that floods its log must not cost the clients their replies: a second has only so much room for it. Times are epoch ms. */
export class LineBudget {
  #second = 0;
  #toldIn = 0;
  readonly #spent = new Map<string, number>();
  readonly #leftOut = new Map<string, number>();

  /** Whether a line still has room. */
  admits(task: string, text: string, now: number): boolean {
    if (secondOf(now) !== this.#second) this.#spent.clear();
    this.#second = secondOf(now);
    const spent = (this.#spent.get(task) ?? 0) + text.length + PER_LINE;
    this.#spent.set(task, spent);
    if (spent <= MOST_A_SECOND) return true;
    this.#leftOut.set(task, (this.#leftOut.get(task) ?? 0) + 1);
    return false;
  }

  /** How many lines of which task were left out since this last told of some; tells once a second at most. */
  settle(now: number): { task: string; lines: number }[] {
    if (this.#leftOut.size === 0 || this.#toldIn === secondOf(now)) return [];
    this.#toldIn = secondOf(now);
    const told = [...this.#leftOut].map(([task, lines]) => ({ task, lines }));
    this.#leftOut.clear();
    return told;
  }
}
