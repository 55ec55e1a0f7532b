/** Most patterns that the braces of one may stand for. */
const MOST_ALTERNATIVES = 256;

/** The watch patterns of a task, relative to one directory. */
export interface WatchPatterns {
  /** How many directories above the `cwd` they begin. */
  up: number;
  patterns: readonly WatchPattern[];
}

/** A pattern without braces, `.`, `..` and empty parts. */
export interface WatchPattern {
  isNegated: boolean;
  path: string;
}

/** Why a pattern can't be used, as the end of a sentence; null if it can. */
export function patternError(written: string): string | null {
  const text = written.replace(/^!/, "");
  if (text.startsWith("/")) return "must be relative to the task's cwd";
  if (text.startsWith("~")) return "must be relative to the task's cwd, without ~";
  const alternatives = expandBraces(text);
  if (alternatives === null) return `stands for more than ${MOST_ALTERNATIVES} patterns`;
  const isAbove = (path: string) => /(^|\/)\.\.(\/|$)/.test(path.replace(/^(\.{1,2}\/+)*/, ""));
  return alternatives.some((path) => isAbove(path) && path !== "..")
    ? "may have .. only at its beginning"
    : null;
}

/**
 * The patterns of a task whose `cwd` has these names, from `/` on. Those that begin with `..` move the directory from which
 * all are counted.
 */
export function watchPatterns(written: readonly string[], cwd: readonly string[]): WatchPatterns {
  const read = written.flatMap((text) => {
    const isNegated = text.startsWith("!");
    const paths = expandBraces(isNegated ? text.slice(1) : text) ?? [];
    return paths.map((path) => ({ isNegated, ...withoutDots(path) }));
  });
  const up = Math.min(cwd.length, Math.max(0, ...read.map((one) => one.up)));
  const patterns = read.map(({ isNegated, up: own, names }) => {
    const before = cwd.slice(cwd.length - up, cwd.length - Math.min(own, up)).map(escaped);
    return { isNegated, path: [...before, ...names].join("/") || "**" };
  });
  return { up, patterns };
}

function withoutDots(path: string): { up: number; names: string[] } {
  const names = path.split("/").filter((name) => name !== "" && name !== ".");
  const up = names.findIndex((name) => name !== "..");
  return { up: up === -1 ? names.length : up, names: names.slice(up === -1 ? names.length : up) };
}

const escaped = (name: string): string => name.replace(/[*?[\\]/g, "\\$&");

/** The patterns that `{a,b}` stands for; null if there are too many. A brace without a comma stands for itself. */
function expandBraces(pattern: string): string[] | null {
  const found: string[] = [];
  const open = [pattern];
  while (open.length > 0) {
    if (open.length + found.length > MOST_ALTERNATIVES) return null;
    const next = open.pop()!;
    // The innermost pair first.
    const pair = /\{([^{}]*,[^{}]*)\}/.exec(next);
    if (pair === null) found.push(next);
    else {
      const [head, tail] = [next.slice(0, pair.index), next.slice(pair.index + pair[0].length)];
      open.push(...pair[1]!.split(",").map((one) => `${head}${one}${tail}`));
    }
  }
  return found;
}
