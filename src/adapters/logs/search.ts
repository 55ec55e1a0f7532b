import { isAscii } from "node:buffer";
import { withoutColour } from "../../domain/logs/line.ts";
import type { LogPattern } from "../../domain/logs/pattern.ts";

const LINE_FEED = 10;
const ESCAPE = 0x1b;

/** After this many false hits in a block the probe is too common, and the regular expression is faster. */
const MOST_FALSE = 512;

/** A line in a block, without its line feed. */
export type ByteRange = [start: number, end: number];

/** Finds the lines of a block (whole lines) that may match, ascending; null: any line may match. */
export type LogSearch = (bytes: Buffer) => ByteRange[] | null;

/** Chooses the fastest search for a pattern. `textOf`: the offset of a line's text, after its stamp. */
export function logSearch(
  pattern: LogPattern,
  textOf: (bytes: Buffer, line: ByteRange) => number,
): LogSearch {
  if (pattern.literal === "")
    return (bytes) => (isAscii(bytes) ? linesThat(pattern, bytes, textOf) : null);
  const search = new LiteralSearch(pattern.literal);
  return (bytes) => search.find(bytes);
}

/** Checks line by line in one string: in ASCII, its indices are byte offsets. */
function linesThat(
  pattern: LogPattern,
  bytes: Buffer,
  textOf: (bytes: Buffer, line: ByteRange) => number,
): ByteRange[] {
  const text = bytes.toString("latin1");
  const spans: ByteRange[] = [];
  for (let start = 0; start < text.length;) {
    const next = text.indexOf("\n", start);
    const span: ByteRange = [start, next < 0 ? text.length : next];
    if (pattern.matches(withoutColour(text.slice(textOf(bytes, span), span[1])))) spans.push(span);
    start = span[1] + 1;
  }
  return spans;
}

/**
 * Finds lines that contain an ASCII text, in any case. A regular expression over the block as Latin-1 is faster than `grep
 * -i`, and correct for UTF-8. If a part of the text has only one spelling, or is rare, `Buffer.indexOf` looks for that
 * first (the probe), at twice the speed.
 */
class LiteralSearch {
  readonly #expression: RegExp;
  /** A colour code may occur in the middle of a match. */
  readonly #coloured: RegExp;
  readonly #lower: Buffer;
  readonly #probes: Buffer[];
  readonly #probeAt: number;
  #usesProbes: boolean;

  /** `literal`: lower-case ASCII, not empty. */
  constructor(literal: string) {
    this.#expression = new RegExp(RegExp.escape(literal), "gi");
    this.#coloured = new RegExp(
      Array.from(literal, (letter) => RegExp.escape(letter)).join("(?:\\x1b\\[[0-9;:]*m)*"),
      "gi",
    );
    this.#lower = Buffer.from(literal, "latin1");
    const probe = /[^a-z]{3,}|[jqxz]/.exec(literal);
    const spellings = probe === null ? [] : [probe[0], probe[0].toUpperCase()];
    this.#probes = [...new Set(spellings)].map((text) => Buffer.from(text, "latin1"));
    this.#probeAt = probe?.index ?? 0;
    this.#usesProbes = probe !== null;
  }

  find(bytes: Buffer): ByteRange[] {
    if (bytes.includes(ESCAPE)) return linesAt(bytes, placesOf(this.#coloured, bytes));
    const places = this.#usesProbes ? this.#placesByProbe(bytes) : null;
    return linesAt(bytes, places ?? placesOf(this.#expression, bytes));
  }

  #placesByProbe(bytes: Buffer): number[] | null {
    const places: number[] = [];
    let falseOnes = 0;
    for (const probe of this.#probes) {
      for (let at = bytes.indexOf(probe); at >= 0; at = bytes.indexOf(probe, at + 1)) {
        if (this.#isAt(bytes, at - this.#probeAt)) places.push(at - this.#probeAt);
        else if (++falseOnes > MOST_FALSE) {
          this.#usesProbes = false;
          return null;
        }
      }
    }
    return places.sort((a, b) => a - b);
  }

  #isAt(bytes: Buffer, start: number): boolean {
    if (start < 0 || start + this.#lower.length > bytes.length) return false;
    for (let index = 0; index < this.#lower.length; index++)
      if (lowerCase(bytes[start + index]!) !== this.#lower[index]) return false;
    return true;
  }
}

const lowerCase = (byte: number): number => (byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte);

function placesOf(expression: RegExp, bytes: Buffer): number[] {
  const text = bytes.toString("latin1");
  const places: number[] = [];
  expression.lastIndex = 0;
  for (let match = expression.exec(text); match !== null; match = expression.exec(text))
    places.push(match.index);
  return places;
}

function linesAt(bytes: Buffer, places: readonly number[]): ByteRange[] {
  const lines: ByteRange[] = [];
  let done = -1;
  for (const place of places) {
    if (place <= done) continue;
    const start = place === 0 ? 0 : bytes.lastIndexOf(LINE_FEED, place - 1) + 1;
    const next = bytes.indexOf(LINE_FEED, place);
    done = next < 0 ? bytes.length : next;
    lines.push([start, done]);
  }
  return lines;
}
