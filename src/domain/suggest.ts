/**
 * The candidate that was probably meant by a mistyped word, or null if none is near:
 * at most one edit in three letters; letter case and `-` for `_` cost nothing.
 */
export function nearestName(word: string, candidates: Iterable<string>): string | null {
  const wanted = plain(word);
  let nearest: string | null = null;
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, plain(candidate), least);
    if (distance < least) [nearest, least] = [candidate, distance];
  }
  return nearest;
}

/** A hint for `nearestName`, or null. */
export function didYouMean(word: string, candidates: Iterable<string>): string | null {
  const nearest = nearestName(word, candidates);
  return nearest === null ? null : `Did you mean '${nearest}'?`;
}

const plain = (word: string): string => word.toLowerCase().replaceAll("-", "_");

/** Insertions, deletions, replacements and swaps of neighbours; `limit` and above are all the same. */
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
