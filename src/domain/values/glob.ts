/** `*`, or what one letter must be. */
type Part = "any" | ((letter: string) => boolean);

/** Whether a word is a glob: it has `*`, `?` or `[`. */
export const isGlob = (word: string): boolean => /[*?[]/.test(word);

/**
 * Tells which names a glob matches: `*` is any letters, `?` one, `[a-c]` one of these, `[!a-c]` one of the others. Other
 * letters stand for themselves, and so does a `[` that isn't closed. Takes no more than letters times parts, however many
 * `*` it has.
 */
export function globMatcher(glob: string): (name: string) => boolean {
  const parts = (glob.match(/\[[!^]?[^][^\]]*\]|[^]/g) ?? []).map(partOf);
  return (name) => {
    let places = withSkipped(parts, [0]);
    for (const letter of name)
      places = withSkipped(
        parts,
        [...places].flatMap((place) => after(place, parts[place], letter)),
      );
    return places.has(parts.length);
  };
}

/** The places in the glob, and those behind each `*` there, which may match nothing. */
function withSkipped(parts: readonly Part[], places: readonly number[]): Set<number> {
  const all = new Set(places);
  // A set's loop also visits what is added in it.
  for (const place of all) if (parts[place] === "any") all.add(place + 1);
  return all;
}

function after(place: number, part: Part | undefined, letter: string): number[] {
  if (part === "any") return [place];
  return part?.(letter) ? [place + 1] : [];
}

function partOf(text: string): Part {
  if (text === "*") return "any";
  if (text === "?") return () => true;
  const [, not, letters = ""] = /^\[([!^]?)([^]+)\]$/.exec(text) ?? [];
  if (letters === "") return (letter) => letter === text;
  const ranges = [...letters.matchAll(/([^])-([^])|[^]/g)].map(
    ([one, from = one, to = one]) => [from, to] as const,
  );
  return (letter) => ranges.some(([from, to]) => from <= letter && letter <= to) === (not === "");
}
