import { globMatcher, isGlob } from "../values/glob.ts";

/** The names that a command line's words choose, and the first word that chooses none. */
export interface Choice {
  names: string[];
  unknown: string | null;
}

/**
 * The names that words choose among the known ones, each once, in the order of the words. A glob chooses in the order of the
 * known names; no task's name can be taken for one.
 */
export function chosenNames(words: readonly string[], known: readonly string[]): Choice {
  const chosen = words.map((word) => known.filter(matcherOf(word)));
  const unknown = words.find((_, index) => chosen[index]?.length === 0) ?? null;
  return { names: [...new Set(chosen.flat())], unknown };
}

const matcherOf = (word: string): ((name: string) => boolean) =>
  isGlob(word) ? globMatcher(word) : (name) => name === word;
