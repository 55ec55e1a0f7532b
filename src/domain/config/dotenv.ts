import { lookupIn, interpolate, type Lookup, InterpolationError } from "./interpolate.ts";

/** Why a dotenv file can't be parsed: the line, from 1, and the reason. */
export interface DotenvError {
  line: number;
  reason: string;
}

/** `variables`: those before the error, if there is one. */
export interface Dotenv {
  variables: Record<string, string>;
  error: DotenvError | null;
}

/** `NAME =` or `NAME:`, optionally after `export`. A name alone takes its value from the environment. */
const KEY = /(?:export[ \t]+)?([\p{L}\p{N}_.[\]-]+)[ \t]*(=|:|(?=\n|$))[ \t]*/uy;

/** Blank lines, and comments. */
const BETWEEN = /(?:\s+|#[^\n]*)*/y;

const QUOTED = /"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'/sy;

const LINE = /[^\n]*/y;

/**
 * Parses a dotenv file by the rules of docker compose: an inline comment needs a space before its `#`; single quotes keep
 * their text literally (except `\'`), double quotes know `\n`, `\t`, `\"` and the like, and both may span lines. `lookup`
 * resolves variables in values, before those of the file itself.
 */
export function parseDotenv(content: string, lookup: Lookup): Dotenv {
  const text = content.replaceAll("\r\n", "\n");
  const variables: Record<string, string> = {};
  const failed = (at: number, reason: string): Dotenv => ({
    variables,
    error: { line: text.slice(0, at).split("\n").length, reason },
  });
  const own = lookupIn(variables);
  const known: Lookup = (name) => lookup(name) ?? own(name);
  for (let at = skip(BETWEEN, text, 0); at < text.length; at = skip(BETWEEN, text, at)) {
    const key = match(KEY, text, at);
    if (key === null) return failed(at, "expected NAME=VALUE");
    const [all, name = "", separator] = key;
    const start = at + all.length;
    const value = separator === "" ? inherited(lookup(name), start) : valueAt(text, start);
    if (value === null) return failed(at, `the quote of ${name} is not closed`);
    try {
      if (value.text !== null)
        variables[name] = value.isLiteral ? value.text : interpolate(value.text, known);
    } catch (error) {
      if (error instanceof InterpolationError) return failed(at, error.message);
      throw error;
    }
    at = value.end;
  }
  return { variables, error: null };
}

interface Value {
  /** null: the variable isn't set. */
  text: string | null;
  /** The value contains no variables. */
  isLiteral: boolean;
  end: number;
}

const inherited = (text: string | undefined, end: number): Value => ({
  text: text ?? null,
  isLiteral: true,
  end,
});

/** Null if a quote isn't closed. */
function valueAt(text: string, at: number): Value | null {
  const quoted = match(QUOTED, text, at);
  if (quoted !== null) {
    const [all, double, single = ""] = quoted;
    const end = at + all.length;
    if (double !== undefined) return { text: unescaped(double), isLiteral: false, end };
    return { text: single.replaceAll("\\'", "'"), isLiteral: true, end };
  }
  if (text[at] === '"' || text[at] === "'") return null;
  const line = match(LINE, text, at)![0];
  return { text: withoutComment(line), isLiteral: false, end: at + line.length };
}

const withoutComment = (line: string): string => line.replace(/(^|\s)#.*$/, "").trimEnd();

const ESCAPES = new Map([
  ["a", "\x07"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["v", "\v"],
  ['"', '"'],
  ["\\", "\\"],
  // An escaped dollar sign, as interpolation reads it.
  ["$", "$$"],
]);

const unescaped = (text: string): string =>
  text.replace(/\\(.)/gs, (all, letter: string) => ESCAPES.get(letter) ?? all);

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

const skip = (pattern: RegExp, text: string, at: number): number =>
  at + (match(pattern, text, at)?.[0].length ?? 0);
