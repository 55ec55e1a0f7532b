/** In a word this short one edit changes much: the first letter must stay, unless two letters are swapped. */
const SHORT = 3;

/**
 * The candidate that a mistyped word probably meant, or null: at most one edit per three letters; letter case and `-` for
 * `_` don't count.
 */
export function nearestName(word: string, candidates: Iterable<string>): string | null {
  const wanted = plain(word);
  let nearest: string | null = null;
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    const name = plain(candidate);
    const distance = editDistance(wanted, name, least);
    const isOther = wanted.length <= SHORT && wanted[0] !== name[0] && !isSwapped(wanted, name);
    if (distance < least && !(isOther && distance > 0)) [nearest, least] = [candidate, distance];
  }
  return nearest;
}

const isSwapped = (word: string, name: string): boolean =>
  word[0] === name[1] && word[1] === name[0];

/** `nearestName` as a hint, or null. */
export function didYouMean(word: string, candidates: Iterable<string>): string | null {
  const nearest = nearestName(word, candidates);
  return nearest === null ? null : `Did you mean '${nearest}'?`;
}

/** Maximum number of comparisons for one file, about 0.2 s. */
const MOST_COMPARED = 200_000;

/** Hints for the unknown words of one file; stops guessing after {@link MOST_COMPARED} comparisons. */
export class Guesses {
  #left = MOST_COMPARED;
  readonly #candidates: ReadonlySet<string>;

  constructor(candidates: ReadonlySet<string>) {
    this.#candidates = candidates;
  }

  didYouMean(word: string): string | null {
    if (this.#left <= 0) return null;
    this.#left -= this.#candidates.size;
    return didYouMean(word, this.#candidates);
  }
}

const plain = (word: string): string => word.toLowerCase().replaceAll("-", "_");

/** Insertions, deletions, replacements and swaps of neighbours; results of `limit` and above are not exact. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) row.push(cell(i, j, row));
    [before, last] = [last, row];
  }
  return last[b.length] ?? limit;

  function cell(i: number, j: number, row: number[]): number {
    const same = a[i - 1] === b[j - 1];
    const change = (last[j - 1] ?? 0) + (same ? 0 : 1);
    const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
    const swap = swapped ? (before[j - 2] ?? 0) + 1 : limit;
    return Math.min(change, swap, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
  }
}
