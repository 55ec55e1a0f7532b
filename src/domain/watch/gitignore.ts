import { matchesPath, type Segment, segmentsOf } from "./segments.ts";

/** A line of a `.gitignore`. */
export interface IgnoreRule {
  isNegated: boolean;
  isForDirectories: boolean;
  /** For paths relative to the file's directory. */
  segments: readonly Segment[];
}

/** The rules of one `.gitignore`. `depth`: how many names of a path lie above its directory. */
export interface IgnoreFile {
  depth: number;
  rules: readonly IgnoreRule[];
}

/** Reads a `.gitignore`, as gitignore(5) says. */
export const parseIgnoreFile = (text: string): IgnoreRule[] =>
  text.split(/\r?\n/).flatMap((line) => ruleOf(line) ?? []);

function ruleOf(line: string): IgnoreRule | null {
  // Trailing blanks count only behind a backslash.
  const text = line.replace(/((?:\\[^]|[^\\])*?) *$/, "$1");
  if (text === "" || text.startsWith("#")) return null;
  const isNegated = text.startsWith("!");
  const pattern = text.slice(isNegated ? 1 : 0);
  const isForDirectories = /(^|[^\\])\/$/.test(pattern);
  const path = isForDirectories ? pattern.slice(0, -1) : pattern;
  // A slash at the beginning or in the middle ties it to the file's directory.
  const placed = path.includes("/") ? path.replace(/^\//, "") : `**/${path}`;
  if (placed === "" || placed === "**/") return null;
  return { isNegated, isForDirectories, segments: withInside(segmentsOf(placed)) };
}

/** A `**` at the end means everything inside, not the directory itself. */
function withInside(segments: Segment[]): Segment[] {
  const isInside = segments.length > 1 && segments.at(-1)?.kind === "any depth";
  return isInside ? [...segments, ANY_NAME] : segments;
}

const ANY_NAME: Segment = { kind: "glob", matches: () => true, startsWithDot: true };

/**
 * Whether the path itself is ignored; its parent directories are not considered. `files` from the top down: the last rule
 * that matches decides.
 */
export function isIgnored(
  files: readonly IgnoreFile[],
  names: readonly string[],
  isDirectory: boolean,
): boolean {
  for (const { depth, rules } of files.toReversed()) {
    const relative = names.slice(depth);
    const rule = rules.findLast(
      ({ isForDirectories, segments }) =>
        (isDirectory || !isForDirectories) && matchesPath(segments, relative),
    );
    if (rule !== undefined) return !rule.isNegated;
  }
  return false;
}
