import type { WatchPattern } from "./patterns.ts";
import { type Segment, segmentsOf, withSkipped } from "./segments.ts";

/** The directories that are left out unless a pattern names them. */
const LEFT_OUT = new Set("node_modules .git target dist .venv __pycache__".split(" "));

export const isLeftOutByDefault = (directory: string): boolean => LEFT_OUT.has(directory);

interface Compiled {
  isNegated: boolean;
  segments: readonly Segment[];
  /** It matches what is in a directory that it matches, too. */
  coversInside: boolean;
}

/** How far each pattern has matched a path; made by {@link WatchFilter}. */
export type Progress = readonly ReadonlySet<number>[];

/**
 * Tells which paths a task watches. The last pattern that matches decides. A path is given name by name, so that a
 * directory's progress is computed once for all of its files.
 */
export class WatchFilter {
  readonly #patterns: readonly Compiled[];

  constructor(patterns: readonly WatchPattern[]) {
    this.#patterns = patterns.map(({ isNegated, path }) => {
      const segments = segmentsOf(path);
      const coversInside = isNegated || segments.at(-1)?.kind === "name";
      return { isNegated, segments, coversInside };
    });
  }

  /** Of the directory that the patterns are relative to. */
  begin(): Progress {
    return this.#patterns.map(({ segments }) => withSkipped(segments, [0]));
  }

  /** Of an entry of a directory. `isLeftOut`: only a pattern that names it reaches it. */
  enter(directory: Progress, name: string, isLeftOut: boolean): Progress {
    return this.#patterns.map((pattern, index) => {
      const next = [...directory[index]!].flatMap((place) => step(pattern, place, name, isLeftOut));
      return withSkipped(pattern.segments, next);
    });
  }

  /** Whether a file is watched. */
  accepts(file: Progress): boolean {
    const index = this.#patterns.findLastIndex(({ segments }, at) =>
      file[at]!.has(segments.length),
    );
    return index !== -1 && !this.#patterns[index]!.isNegated;
  }

  /** Whether something in a directory may be watched. */
  mayContain(directory: Progress): boolean {
    const left = this.#patterns.findLastIndex(
      ({ isNegated, segments }, at) => isNegated && directory[at]!.has(segments.length),
    );
    return this.#patterns.some(
      ({ isNegated, segments, coversInside }, at) =>
        at > left &&
        !isNegated &&
        [...directory[at]!].some((place) => place < segments.length || coversInside),
    );
  }
}

/** The places that a pattern reaches by one more name. */
function step(
  { segments, isNegated, coversInside }: Compiled,
  place: number,
  name: string,
  isLeftOut: boolean,
): number[] {
  const isNamedOnly = !isNegated && (isLeftOut || name.startsWith("."));
  if (place === segments.length) return coversInside && !isNamedOnly ? [place] : [];
  const segment = segments[place]!;
  if (segment.kind === "name") return segment.name === name ? [place + 1] : [];
  const mayMatch = !isNamedOnly || (!isLeftOut && segment.kind === "glob" && segment.startsWithDot);
  if (!mayMatch) return [];
  if (segment.kind === "any depth") return [place];
  return segment.matches(name) ? [place + 1] : [];
}
