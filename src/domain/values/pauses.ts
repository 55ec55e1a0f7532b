/** How much longer each pause of a poll is than the one before. */
const GROWTH = 1.4;

/** Returns the pauses of a poll one by one, ms: short at first, since most waits are short, and longer up to a limit. */
export function growingPauses(first: number, longest: number): () => number {
  let next = first;
  return () => {
    const pause = next;
    next = Math.min(next * GROWTH, longest);
    return pause;
  };
}
