import { keyOf, marks } from "./lines.ts";
import { stringEnd } from "./strings.ts";

/** One `key = value` of an inline table, by its offsets. */
interface Element {
  path: string[];
  start: number;
  end: number;
}

/** Adds an element at the end of a pair's inline table. */
export function withElement(pair: string, element: string): string {
  const last = elementsOf(pair).at(-1);
  if (last !== undefined) return splice(pair, last.end, last.end, `, ${element}`);
  const open = pair.indexOf("{") + 1;
  return splice(pair, open, open, element);
}

/** Removes the elements of a key from a pair's inline table, dotted ones (`key.a = 1, key.b = 2`) included. */
export function withoutElement(pair: string, key: string): string {
  const elements = elementsOf(pair);
  const index = elements.findIndex(({ path }) => path[0] === key);
  if (index < 0) return pair;
  const [start, end] = cutOf(pair, elements, index);
  return withoutElement(splice(pair, start, end, ""), key);
}

const splice = (text: string, start: number, end: number, put: string): string =>
  text.slice(0, start) + put + text.slice(end);

/** The range that is removed with an element: with its comma, and with its line if nothing else is on it. */
function cutOf(text: string, elements: Element[], index: number): [start: number, end: number] {
  const { start, end } = elements[index]!;
  const [before, after] = [elements[index - 1], elements[index + 1]];
  const line = ownLine(text, start, end);
  if (line) return line;
  if (after) return [start, after.start];
  // A comment between the two belongs to the other one.
  if (before) return [text.slice(before.end, start).includes("\n") ? start : before.end, end];
  const comma = afterVoid(text, end);
  return [start, text[comma] === "," ? comma + 1 : end];
}

const REST = /[ \t]*,?[ \t]*(?:#[^\n]*)?\r?\n/y;

function ownLine(text: string, start: number, end: number): [start: number, end: number] | null {
  const lineStart = text.lastIndexOf("\n", start) + 1;
  REST.lastIndex = end;
  const isAlone = lineStart > 0 && text.slice(lineStart, start).trim() === "" && REST.test(text);
  return isAlone ? [lineStart, REST.lastIndex] : null;
}

function elementsOf(pair: string): Element[] {
  const elements: Element[] = [];
  let at = afterVoid(pair, pair.indexOf("{") + 1);
  while (at < pair.length && pair[at] !== "}") {
    if (pair[at] !== ",") {
      const end = valueEnd(pair, afterVoid(pair, afterEquals(pair, at)));
      elements.push({ path: keyOf(pair.slice(at, end)), start: at, end });
      at = end - 1;
    }
    at = afterVoid(pair, at + 1);
  }
  return elements;
}

function afterEquals(text: string, from: number): number {
  for (const { at, sign } of marks(text, from)) if (sign === "=") return at + 1;
  return text.length;
}

const SCALAR = /[^\s,\]}#]*/y;

function valueEnd(text: string, from: number): number {
  const string = stringEnd(text, from);
  if (string > from) return string;
  if (text[from] === "[" || text[from] === "{") {
    for (const { at, depth, sign } of marks(text, from)) {
      if (depth === 0 && (sign === "]" || sign === "}")) return at + 1;
    }
  }
  SCALAR.lastIndex = from;
  SCALAR.test(text);
  return SCALAR.lastIndex;
}

const VOID = /(?:[ \t\r\n]+|#[^\n]*)*/y;

function afterVoid(text: string, from: number): number {
  VOID.lastIndex = from;
  VOID.test(text);
  return VOID.lastIndex;
}
