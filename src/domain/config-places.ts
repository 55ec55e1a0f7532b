import { stringEnd } from "./toml-string.ts";

/** A place in a text; both count from 1, columns in UTF-16 units, as in smol-toml's errors. */
export interface Place {
  line: number;
  column: number;
}

export type Path = readonly (string | number)[];

/** Finds a key, or the value after it; where the path isn't written, the nearest part of it that is. */
export type Locate = (path: Path, part: "key" | "value") => Place | null;

interface Written {
  key: number;
  value: number;
}

/** Where the keys of a TOML text are. The text must be valid: other texts give places that may be wrong. */
export function locateIn(text: string): Locate {
  const written = scan(text);
  return (path, part) => {
    for (let length = path.length; length > 0; length--) {
      const found = written.get(id(path.slice(0, length)));
      const whole = length === path.length;
      if (found) return placeOf(text, whole && part === "value" ? found.value : found.key);
    }
    return null;
  };
}

/** The line and column of an offset. */
export function placeOf(text: string, offset: number): Place {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
}

const id = (path: Path): string => JSON.stringify(path);

const VOID = /(?:[ \t\r\n\uFEFF]+|#[^\n]*)*/y;
const BLANK = /[ \t]*/y;
const BARE = /[A-Za-z0-9_-]+/y;
const SCALAR = /[^,\]}#\n]*/y;
const FLAT = /[^[\]{}"'#]+|#[^\n]*/y;

// No field is deeper; what is nested deeper has no places of its own, and costs no call stack.
const DEEPEST = 16;

interface Key {
  name: string;
  at: number;
}

function scan(text: string): Map<string, Written> {
  const written = new Map<string, Written>();
  const lengths = new Map<string, number>();
  let at = 0;
  let table: Path = [];
  take(VOID);
  while (at < text.length) {
    const start = at;
    if (text[at] === "[") header();
    else pair(table);
    if (at === start) at++;
    take(VOID);
  }
  return written;

  function take(token: RegExp): string {
    token.lastIndex = at;
    const found = token.exec(text)?.[0] ?? "";
    at += found.length;
    return found;
  }

  function string(): string {
    const end = stringEnd(text, at);
    const found = text.slice(at, end);
    at += found.length;
    return found;
  }

  function header(): void {
    const start = at;
    const isArray = text.startsWith("[[", at);
    at += isArray ? 2 : 1;
    const path = note([], keys(), start, start);
    if (isArray) {
      const index = lengths.get(id(path)) ?? 0;
      lengths.set(id(path), index + 1);
      table = [...path, index];
      written.set(id(table), { key: start, value: start });
    } else table = path;
    at += isArray ? 2 : 1;
  }

  function pair(base: Path): void {
    const dotted = keys();
    if (dotted.length === 0 || text[at] !== "=") return;
    at++;
    take(BLANK);
    value(note(base, dotted, dotted[0]?.at ?? at, at));
  }

  function keys(): Key[] {
    const found: Key[] = [];
    for (;;) {
      take(BLANK);
      const start = at;
      const quoted = string();
      const name = quoted === "" ? take(BARE) : unquote(quoted);
      if (at === start) return found;
      found.push({ name, at: start });
      take(BLANK);
      if (text[at] !== ".") return found;
      at++;
    }
  }

  /** Notes the path of a dotted key, and its parents where nothing else has named them. */
  function note(base: Path, dotted: Key[], key: number, value: number): Path {
    let path = base;
    for (const [index, part] of dotted.entries()) {
      path = lastOf([...path, part.name], index < dotted.length - 1);
      const isWhole = index === dotted.length - 1;
      if (isWhole) written.set(id(path), { key, value });
      else if (!written.has(id(path))) written.set(id(path), { key: part.at, value: part.at });
    }
    return path;
  }

  /** In a header, the parent `a` of `a.b` is the last element where `a` is an array of tables. */
  function lastOf(path: Path, isParent: boolean): Path {
    const length = lengths.get(id(path));
    return isParent && length !== undefined ? [...path, length - 1] : path;
  }

  function value(path: Path): void {
    const isList = text[at] === "[" || text[at] === "{";
    if (isList && path.length >= DEEPEST) flat();
    else if (text[at] === "{") list("}", () => pair(path));
    else if (text[at] === "[") elements(path);
    else if (string() === "") take(SCALAR);
  }

  function elements(path: Path): void {
    let index = 0;
    list("]", () => {
      const element = [...path, index++];
      written.set(id(element), { key: at, value: at });
      value(element);
    });
  }

  /** Passes a list or an inline table without looking into it. */
  function flat(): void {
    let depth = 0;
    do {
      const start = at;
      if (string() === "" && take(FLAT) === "") at++;
      if (at === start + 1) depth += nesting(text[start]);
    } while (depth > 0 && at < text.length);
  }

  function list(end: string, item: () => void): void {
    at++;
    for (take(VOID); at < text.length && text[at] !== end; take(VOID)) {
      const start = at;
      if (text[at] === ",") at++;
      else item();
      if (at === start) at++;
    }
    at++;
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

/** A quoted key; keys are never multi-line strings. */
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
