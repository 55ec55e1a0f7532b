const FIRST = 500;
const LONGEST = 10_000;

/** Milliseconds until the n-th attempt in a row to connect anew, n from 1; `chance` (0 to 1) keeps pages from coming all at once. */
export const delayBefore = (attempt: number, chance: number): number =>
  Math.min(LONGEST, FIRST * 2 ** (attempt - 1)) * (0.8 + 0.4 * chance);
