import { stringEnd } from "./strings.ts";
import type { Path } from "../values/shape.ts";

/** A position in a text, line and column from 1, columns in UTF-16 units as in smol-toml's errors. */
export interface TextPosition {
  line: number;
  column: number;
}

/** Finds a key or its value; if the path isn't in the text, its nearest written parent. */
export type Locate = (path: Path, part: "key" | "value") => TextPosition | null;

interface Written {
  key: number;
  value: number;
}

/** Finds the keys of a TOML text. The text must be valid; for other texts positions may be wrong. */
export function locateIn(text: string): Locate {
  const written = new PlaceScanner(text).scan();
  const starts = lineStarts(text);
  return (path, part) => {
    for (let length = path.length; length > 0; length--) {
      const found = written.get(id(path.slice(0, length)));
      const whole = length === path.length;
      if (found) return positionOf(starts, whole && part === "value" ? found.value : found.key);
    }
    return null;
  };
}

/** The offsets at which the lines of a text begin. */
function lineStarts(text: string): number[] {
  const starts = [0];
  for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", end + 1))
    starts.push(end + 1);
  return starts;
}

/** The line and column of an offset, by bisection: a file may have as many errors as lines. */
function positionOf(starts: readonly number[], offset: number): TextPosition {
  let [low, high] = [0, starts.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (starts[middle]! <= offset) low = middle;
    else high = middle;
  }
  return { line: low + 1, column: offset - starts[low]! + 1 };
}

const id = (path: Path): string => JSON.stringify(path);

const VOID = /(?:[ \t\r\n\uFEFF]+|#[^\n]*)*/y;
const BLANK = /[ \t]*/y;
const BARE = /[A-Za-z0-9_-]+/y;
const SCALAR = /[^,\]}#\n]*/y;
const FLAT = /[^[\]{}"'#]+|#[^\n]*/y;

// No field is nested deeper. Deeper values get no positions of their own, and use no call stack.
const DEEPEST = 16;

interface Key {
  name: string;
  at: number;
}

/** Reads a text once from its start, and notes where keys and values are written. */
class PlaceScanner {
  readonly #written = new Map<string, Written>();
  /** Lengths of the arrays of tables so far, by path. */
  readonly #lengths = new Map<string, number>();
  #at = 0;
  #table: Path = [];
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  scan(): Map<string, Written> {
    this.#take(VOID);
    while (this.#at < this.#text.length) {
      const start = this.#at;
      if (this.#text[this.#at] === "[") this.#header();
      else this.#pair(this.#table);
      if (this.#at === start) this.#at++;
      this.#take(VOID);
    }
    return this.#written;
  }

  #take(token: RegExp): string {
    token.lastIndex = this.#at;
    const found = token.exec(this.#text)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }

  #string(): string {
    const end = stringEnd(this.#text, this.#at);
    const found = this.#text.slice(this.#at, end);
    this.#at += found.length;
    return found;
  }

  #header(): void {
    const start = this.#at;
    const isArray = this.#text.startsWith("[[", this.#at);
    this.#at += isArray ? 2 : 1;
    const path = this.#note([], this.#keys(), start, start);
    if (isArray) {
      const index = this.#lengths.get(id(path)) ?? 0;
      this.#lengths.set(id(path), index + 1);
      this.#table = [...path, index];
      this.#written.set(id(this.#table), { key: start, value: start });
    } else this.#table = path;
    this.#at += isArray ? 2 : 1;
  }

  #pair(base: Path): void {
    const dotted = this.#keys();
    if (dotted.length === 0 || this.#text[this.#at] !== "=") return;
    this.#at++;
    this.#take(BLANK);
    this.#value(this.#note(base, dotted, dotted[0]?.at ?? this.#at, this.#at));
  }

  #keys(): Key[] {
    const found: Key[] = [];
    for (;;) {
      this.#take(BLANK);
      const start = this.#at;
      const quoted = this.#string();
      const name = quoted === "" ? this.#take(BARE) : unquote(quoted);
      if (this.#at === start) return found;
      found.push({ name, at: start });
      this.#take(BLANK);
      if (this.#text[this.#at] !== ".") return found;
      this.#at++;
    }
  }

  /** Records the path of a dotted key, and its parents if they have no position yet. */
  #note(base: Path, dotted: Key[], key: number, value: number): Path {
    let path = base;
    for (const [index, part] of dotted.entries()) {
      path = this.#lastOf([...path, part.name], index < dotted.length - 1);
      const isWhole = index === dotted.length - 1;
      if (isWhole) this.#written.set(id(path), { key, value });
      else if (!this.#written.has(id(path)))
        this.#written.set(id(path), { key: part.at, value: part.at });
    }
    return path;
  }

  /** In a header `[a.b]`, `a` means its last element if it is an array of tables. */
  #lastOf(path: Path, isParent: boolean): Path {
    const length = this.#lengths.get(id(path));
    return isParent && length !== undefined ? [...path, length - 1] : path;
  }

  #value(path: Path): void {
    const isList = this.#text[this.#at] === "[" || this.#text[this.#at] === "{";
    if (isList && path.length >= DEEPEST) this.#flat();
    else if (this.#text[this.#at] === "{") this.#list("}", () => this.#pair(path));
    else if (this.#text[this.#at] === "[") this.#elements(path);
    else if (this.#string() === "") this.#take(SCALAR);
  }

  #elements(path: Path): void {
    let index = 0;
    this.#list("]", () => {
      const element = [...path, index++];
      this.#written.set(id(element), { key: this.#at, value: this.#at });
      this.#value(element);
    });
  }

  /** Skips a list or an inline table. */
  #flat(): void {
    let depth = 0;
    do {
      const start = this.#at;
      if (this.#string() === "" && this.#take(FLAT) === "") this.#at++;
      if (this.#at === start + 1) depth += nesting(this.#text[start]);
    } while (depth > 0 && this.#at < this.#text.length);
  }

  #list(end: string, item: () => void): void {
    this.#at++;
    this.#take(VOID);
    while (this.#at < this.#text.length && this.#text[this.#at] !== end) {
      const start = this.#at;
      if (this.#text[this.#at] === ",") this.#at++;
      else item();
      if (this.#at === start) this.#at++;
      this.#take(VOID);
    }
    this.#at++;
  }
}

const nesting = (letter: string | undefined): number =>
  letter === "[" || letter === "{" ? 1 : letter === "]" || letter === "}" ? -1 : 0;

const ESCAPES: Record<string, string> = {
  b: "\b",
  t: "\t",
  n: "\n",
  f: "\f",
  r: "\r",
  e: "\u001b",
};

/** The text of a quoted key; keys are never multi-line strings. */
function unquote(quoted: string): string {
  const inner = quoted.slice(1, -1);
  if (quoted.startsWith("'")) return inner;
  return inner.replace(
    /\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))/g,
    (_, x?: string, u?: string, U?: string, other?: string) => {
      const hex = x ?? u ?? U;
      if (hex === undefined) return ESCAPES[other ?? ""] ?? other ?? "";
      const code = Number.parseInt(hex, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : "";
    },
  );
}
