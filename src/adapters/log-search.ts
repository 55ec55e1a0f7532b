import { isAscii } from "node:buffer";
import { withoutColour } from "../domain/log-line.ts";
import type { LogPattern } from "../domain/log-pattern.ts";

const lineFeed = 10;
const escape = 0x1b;

/** So many places in a block that turn out to be none: the probe is common there, and the regular expression faster. */
const mostFalse = 512;

/** A line in a block, without its line feed. */
export type Span = [start: number, end: number];

/** Finds the lines of a block (whole lines) that may match, ascending; null: any line may. */
export type LogSearch = (bytes: Buffer) => Span[] | null;

/** The fastest way to the lines that a pattern may match. `textOf`: where the text of a line begins, after its stamp. */
export function logSearch(
  pattern: LogPattern,
  textOf: (bytes: Buffer, line: Span) => number,
): LogSearch {
  if (pattern.literal === "")
    return (bytes) => (isAscii(bytes) ? linesThat(pattern, bytes, textOf) : null);
  const search = new LiteralSearch(pattern.literal);
  return (bytes) => search.find(bytes);
}

/** Line by line, cut out of one string: where all is ASCII, places in it are those in the bytes. */
function linesThat(
  pattern: LogPattern,
  bytes: Buffer,
  textOf: (bytes: Buffer, line: Span) => number,
): Span[] {
  const text = bytes.toString("latin1");
  const spans: Span[] = [];
  for (let start = 0; start < text.length;) {
    const next = text.indexOf("\n", start);
    const span: Span = [start, next < 0 ? text.length : next];
    if (pattern.matches(withoutColour(text.slice(textOf(bytes, span), span[1])))) spans.push(span);
    start = span[1] + 1;
  }
  return spans;
}

/**
 * Lines that contain an ASCII text, in whatever case: a regular expression over the block as Latin-1 is faster than
 * `grep -i`, and right for UTF-8. Where a piece of the text has one spelling or is rare, `Buffer.indexOf` finds that first,
 * the probe, at twice the speed.
 */
class LiteralSearch {
  private readonly expression: RegExp;
  /** A colour code may stand in the middle of what is looked for. */
  private readonly coloured: RegExp;
  private readonly lower: Buffer;
  private readonly probes: Buffer[];
  private readonly probeAt: number;
  private usesProbes: boolean;

  /** `literal`: ASCII in lower case, not empty. */
  constructor(literal: string) {
    this.expression = new RegExp(RegExp.escape(literal), "gi");
    this.coloured = new RegExp(
      Array.from(literal, (letter) => RegExp.escape(letter)).join("(?:\\x1b\\[[0-9;:]*m)*"),
      "gi",
    );
    this.lower = Buffer.from(literal, "latin1");
    const probe = /[^a-z]{3,}|[jqxz]/.exec(literal);
    const spellings = probe === null ? [] : [probe[0], probe[0].toUpperCase()];
    this.probes = [...new Set(spellings)].map((text) => Buffer.from(text, "latin1"));
    this.probeAt = probe?.index ?? 0;
    this.usesProbes = probe !== null;
  }

  find(bytes: Buffer): Span[] {
    if (bytes.includes(escape)) return linesAt(bytes, placesOf(this.coloured, bytes));
    const places = this.usesProbes ? this.placesByProbe(bytes) : null;
    return linesAt(bytes, places ?? placesOf(this.expression, bytes));
  }

  private placesByProbe(bytes: Buffer): number[] | null {
    const places: number[] = [];
    let falseOnes = 0;
    for (const probe of this.probes) {
      for (let at = bytes.indexOf(probe); at >= 0; at = bytes.indexOf(probe, at + 1)) {
        if (this.isAt(bytes, at - this.probeAt)) places.push(at - this.probeAt);
        else if (++falseOnes > mostFalse) {
          this.usesProbes = false;
          return null;
        }
      }
    }
    return places.sort((a, b) => a - b);
  }

  private isAt(bytes: Buffer, start: number): boolean {
    if (start < 0 || start + this.lower.length > bytes.length) return false;
    for (let index = 0; index < this.lower.length; index++)
      if (lowerCase(bytes[start + index]!) !== this.lower[index]) return false;
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

function linesAt(bytes: Buffer, places: readonly number[]): Span[] {
  const lines: Span[] = [];
  let done = -1;
  for (const place of places) {
    if (place <= done) continue;
    const start = place === 0 ? 0 : bytes.lastIndexOf(lineFeed, place - 1) + 1;
    const next = bytes.indexOf(lineFeed, place);
    done = next < 0 ? bytes.length : next;
    lines.push([start, done]);
  }
  return lines;
}
