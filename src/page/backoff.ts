const FIRST = 500;
const LONGEST = 10_000;

/**
 * Delay before the n-th reconnection attempt in a row, ms, n from 1. `chance` (0 to 1) spreads the attempts of several
 * pages.
 */
export const delayBefore = (attempt: number, chance: number): number =>
  Math.min(LONGEST, FIRST * 2 ** (attempt - 1)) * (0.8 + 0.4 * chance);
