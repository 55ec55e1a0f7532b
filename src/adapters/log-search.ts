const lineFeed = 10;
const escape = 0x1b;

/** So many places in a block that turn out to be none: the probe is common there, and the regular expression faster. */
const mostFalse = 512;

/**
 * Finds the lines of a block that contain an ASCII text, in whatever case, at memory speed: `Buffer.indexOf` runs at tens of
 * GB/s, so a short piece of the text, the probe, is looked for in each of its spellings, and the rest compared where one is.
 */
export class LogSearch {
  private readonly probe: Probe;
  private readonly lower: Buffer;
  private readonly expression: RegExp;
  private usesProbe = true;

  /** `literal`: ASCII in lower case, not empty. */
  constructor(literal: string) {
    this.lower = Buffer.from(literal, "latin1");
    this.probe = bestProbe(literal);
    this.expression = new RegExp(RegExp.escape(literal), "gi");
  }

  /** The lines that contain it, as start and end (without line feed), ascending; null: any line may. */
  find(bytes: Buffer): [start: number, end: number][] | null {
    if (bytes.includes(escape)) return this.isInPlain(bytes) ? null : [];
    const places = (this.usesProbe ? this.probed(bytes) : null) ?? this.matched(bytes);
    return linesAt(bytes, places);
  }

  /** A colour code may stand in the middle of what is looked for. */
  private isInPlain(bytes: Buffer): boolean {
    this.expression.lastIndex = 0;
    return this.expression.test(bytes.toString("latin1").replace(/\x1b\[[0-9;:]*m/g, ""));
  }

  private probed(bytes: Buffer): number[] | null {
    const places: number[] = [];
    let falseOnes = 0;
    for (const spelling of this.probe.spellings) {
      for (let at = bytes.indexOf(spelling); at >= 0; at = bytes.indexOf(spelling, at + 1)) {
        if (this.isAt(bytes, at - this.probe.offset)) places.push(at - this.probe.offset);
        else if (++falseOnes > mostFalse) {
          this.usesProbe = false;
          return null;
        }
      }
    }
    return this.probe.spellings.length > 1 ? places.sort((a, b) => a - b) : places;
  }

  private isAt(bytes: Buffer, start: number): boolean {
    if (start < 0 || start + this.lower.length > bytes.length) return false;
    for (let index = 0; index < this.lower.length; index++)
      if (lowerCase(bytes[start + index]!) !== this.lower[index]) return false;
    return true;
  }

  private matched(bytes: Buffer): number[] {
    const text = bytes.toString("latin1");
    const places: number[] = [];
    this.expression.lastIndex = 0;
    for (let match = this.expression.exec(text); match !== null; match = this.expression.exec(text))
      places.push(match.index);
    return places;
  }
}

const lowerCase = (byte: number): number => (byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte);

function linesAt(bytes: Buffer, places: readonly number[]): [number, number][] {
  const lines: [number, number][] = [];
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

interface Probe {
  /** Where in the text it stands. */
  offset: number;
  spellings: Buffer[];
}

const mostLetters = 4;
/** Seconds to look for one spelling in a GB, and to look at one place; measured, and only their ratio matters. */
const scanCost = 0.04;
const placeCost = 150;
/** Percent of text, by the frequency of letters in English. */
const frequencies: Record<string, number> = { e: 12, t: 9, a: 8, o: 7.5, i: 7, n: 7, s: 6, h: 6, r: 6, d: 4, l: 4, c: 3 };

/** The piece that is cheapest to look for: each letter doubles the spellings, each character makes hits rarer. */
export function bestProbe(literal: string): Probe {
  let best = { offset: 0, length: 1, cost: Number.POSITIVE_INFINITY };
  for (let offset = 0; offset < literal.length; offset++) {
    for (let length = 1; offset + length <= literal.length; length++) {
      const piece = literal.slice(offset, offset + length);
      const letters = piece.replace(/[^a-z]/g, "").length;
      if (letters > mostLetters) break;
      const cost = 2 ** letters * scanCost + placeCost * likelihood(piece);
      if (cost < best.cost) best = { offset, length, cost };
    }
  }
  const piece = literal.slice(best.offset, best.offset + best.length);
  return { offset: best.offset, spellings: spellings(piece).map((text) => Buffer.from(text, "latin1")) };
}

function likelihood(piece: string): number {
  let product = 1;
  for (const character of piece) {
    const isLetter = character >= "a" && character <= "z";
    const percent = frequencies[character] ?? (isLetter ? 2 : character === " " ? 15 : 3);
    product *= percent / 100;
  }
  return product;
}

function spellings(piece: string): string[] {
  let all = [""];
  for (const character of piece) {
    const upper = character.toUpperCase();
    all = all.flatMap((text) => (upper === character ? [text + character] : [text + character, text + upper]));
  }
  return all;
}
