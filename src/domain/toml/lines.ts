import { parse } from "smol-toml";
import { stringEnd } from "./strings.ts";

/**
 * A line of a TOML text for editing: a statement with its whole value, or a line between statements. The texts of all
 * lines, line endings included, make up the whole text.
 */
export interface TomlLine {
  text: string;
  kind: "blank" | "comment" | "header" | "pair";
  /** The keys from the root to what a statement defines; empty for other lines. */
  path: readonly string[];
  /** The keys of the header above it; a header counts as its own. */
  table: readonly string[];
}

/** The lines of a text, which must be valid TOML. */
export function linesOf(text: string): TomlLine[] {
  let table: readonly string[] = [];
  return logicalLines(text).map((line) => {
    const kind = kindOf(line);
    if (kind === "header") table = keysOf(line);
    const path = kind === "pair" ? [...table, ...keyOf(line)] : kind === "header" ? table : [];
    return { text: line, kind, path, table };
  });
}

function kindOf(line: string): TomlLine["kind"] {
  const first = line.trimStart()[0];
  if (first === undefined) return "blank";
  return first === "#" ? "comment" : first === "[" ? "header" : "pair";
}

function logicalLines(text: string): string[] {
  const lines: string[] = [];
  let start = 0;
  for (const { at, sign, depth } of marks(text)) {
    if (sign !== "\n" || depth > 0) continue;
    lines.push(text.slice(start, at + 1));
    start = at + 1;
  }
  return start < text.length ? [...lines, text.slice(start)] : lines;
}

/** The keys before the first `=`: `a."b.c" = 1` has two. */
export function keyOf(pair: string): string[] {
  for (const { at, sign } of marks(pair)) {
    if (sign === "=") return keysOf(`${pair.slice(0, at)}= 0`);
  }
  return [];
}

/** The keys of what a statement defines: a header, or a pair with a scalar. */
function keysOf(statement: string): string[] {
  const keys: string[] = [];
  let value: unknown = parse(statement);
  for (;;) {
    const inner: unknown = Array.isArray(value) ? value[0] : value;
    const key = typeof inner === "object" && inner !== null ? Object.keys(inner)[0] : undefined;
    if (key === undefined) return keys;
    keys.push(key);
    value = (inner as Record<string, unknown>)[key];
  }
}

/** A character of TOML syntax, outside of strings and comments. */
interface Mark {
  at: number;
  sign: string;
  /** Number of open brackets around it. */
  depth: number;
}

const PLAIN = /[^[\]{},=\n"'#]+|#[^\n]*/y;

/** The brackets, commas, equals signs and line ends of a text, from an offset on. */
export function* marks(text: string, from = 0): Generator<Mark> {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    at = afterStrings(text, at);
    const sign = text[at];
    if (sign === undefined) return;
    if (sign === "]" || sign === "}") depth--;
    yield { at, sign, depth };
    if (sign === "[" || sign === "{") depth++;
  }
}

/** The offset of the next mark. */
function afterStrings(text: string, from: number): number {
  for (let at = from; ;) {
    PLAIN.lastIndex = at;
    const next = PLAIN.test(text) ? PLAIN.lastIndex : stringEnd(text, at);
    if (next === at) return at;
    at = next;
  }
}
