import { globMatcher, isGlob } from "../values/glob.ts";

/** One part of a path pattern, between two slashes. */
export type Segment =
  /** `**`: any number of directories, also none. */
  | { kind: "any depth" }
  | { kind: "name"; name: string }
  /** `startsWithDot`: it matches names with a leading dot because it has one itself. */
  | { kind: "glob"; matches: (name: string) => boolean; startsWithDot: boolean };

/** Reads the parts of a pattern; `\` before a letter takes away its meaning. */
export const segmentsOf = (pattern: string): Segment[] =>
  pattern.split("/").map((text): Segment => {
    if (text === "**") return { kind: "any depth" };
    const glob = text.replace(/\\([^])/g, (_, letter: string) =>
      isGlob(letter) ? `[${letter}]` : letter,
    );
    if (!isGlob(glob)) return { kind: "name", name: glob };
    return { kind: "glob", matches: globMatcher(glob), startsWithDot: glob.startsWith(".") };
  });

/** The places in `segments` that are reached without another name, since `**` may stand for nothing. */
export function withSkipped(segments: readonly Segment[], places: Iterable<number>): Set<number> {
  const all = new Set(places);
  // A set's loop also visits what is added in it.
  for (const place of all) if (segments[place]?.kind === "any depth") all.add(place + 1);
  return all;
}

/** Whether a whole path, given by its names, matches. */
export function matchesPath(segments: readonly Segment[], names: readonly string[]): boolean {
  let places = withSkipped(segments, [0]);
  for (const name of names) {
    const next = [...places].flatMap((place) => after(segments[place], place, name));
    places = withSkipped(segments, next);
  }
  return places.has(segments.length);
}

function after(segment: Segment | undefined, place: number, name: string): number[] {
  if (segment === undefined) return [];
  if (segment.kind === "any depth") return [place];
  const matches = segment.kind === "name" ? segment.name === name : segment.matches(name);
  return matches ? [place + 1] : [];
}
