import { eastAsianWidth } from "get-east-asian-width";
import type { LogBuffer } from "./line-buffer.ts";
import { LogStyles, NO_STYLE } from "./styles.ts";

/**
 * A terminal line as cells, for lines whose cursor moves back over printed text (progress bars, spinners, backspaces).
 * Columns count from 0. Used only for such lines, since it is ten times slower than copying bytes.
 */
const BLANK = 0;
const RIGHT_HALF = 0xffffffff;
const TAB_WIDTH = 8;
/** A cursor move goes at most this far past the text: a terminal stops at its edge, which is unknown here. */
const FARTHEST_MOVE = 256;

export class LogCells {
  #glyphs = new Uint32Array(256);
  #styleOf = new Uint16Array(256);
  readonly #joined = new Map<number, string>();
  readonly #styles = new LogStyles();
  #style = NO_STYLE;
  #length = 0;
  #cursor = 0;
  /** New text didn't fit, so the old text is still in its place. */
  overflowed = false;
  readonly #maxColumns: number;

  constructor(maxColumns: number) {
    this.#maxColumns = maxColumns;
  }

  clear(): void {
    this.#joined.clear();
    this.#style = NO_STYLE;
    this.#length = 0;
    this.#cursor = 0;
    this.overflowed = false;
  }

  atStart(): boolean {
    return this.#cursor === 0;
  }

  currentStyle(): string {
    return this.#styles.text(this.#style);
  }

  /** `sequence` is a whole SGR escape sequence. */
  setStyle(sequence: string): void {
    if (this.#styles.isFull) this.#forgetUnusedStyles();
    if (this.#styles.isFull) return;
    this.#style = this.#styles.after(this.#style, sequence);
  }

  write(codePoint: number): void {
    if (codePoint === 9) return this.#tab();
    const width = columnsOf(codePoint);
    if (width === 0) return this.#join(codePoint);
    const cursor = this.#cursor;
    const end = cursor + width;
    if (end > this.#maxColumns) {
      this.overflowed = true;
      return;
    }
    if (end > this.#length) this.#fillTo(end);
    this.#splitWide(cursor, end);
    if (this.#joined.size > 0) this.#forgetJoined(cursor, end);
    this.#glyphs[cursor] = codePoint;
    this.#styleOf[cursor] = this.#style;
    if (width === 2) this.#glyphs[cursor + 1] = RIGHT_HALF;
    this.#cursor = end;
  }

  moveTo(column: number): void {
    const limit = Math.min(Math.max(this.#length, FARTHEST_MOVE), this.#maxColumns);
    this.#cursor = Math.max(0, Math.min(column, limit));
  }

  moveBy(columns: number): void {
    this.moveTo(this.#cursor + columns);
  }

  eraseToEnd(): void {
    this.#eraseBetween(this.#cursor, this.#length);
    this.#length = Math.min(this.#length, this.#cursor);
  }

  eraseToCursor(): void {
    this.#eraseBetween(0, Math.min(this.#cursor + 1, this.#length));
  }

  eraseAll(): void {
    this.#eraseBetween(0, this.#length);
    this.#length = 0;
    this.overflowed = false;
  }

  erase(columns: number): void {
    this.#eraseBetween(this.#cursor, Math.min(this.#cursor + columns, this.#length));
  }

  deleteCells(columns: number): void {
    if (this.#cursor >= this.#length) return;
    const from = Math.min(this.#cursor + columns, this.#length);
    this.#shift(from, this.#cursor);
    this.#length -= from - this.#cursor;
  }

  insertCells(columns: number): void {
    const count = Math.min(columns, this.#maxColumns - this.#length, FARTHEST_MOVE);
    if (this.#cursor >= this.#length || count <= 0) return;
    const from = this.#cursor;
    this.#fillTo(this.#length + count);
    this.#shift(from, from + count);
    this.#eraseBetween(from, from + count);
  }

  get length(): number {
    return this.#length;
  }

  get cursor(): number {
    return this.#cursor;
  }

  /** Adds the line without blanks at its end, but up to column `least` if it has so many, and the style at its end. */
  render(line: LogBuffer, least = 0): void {
    let style = NO_STYLE;
    const end = Math.max(this.#visibleEnd(), Math.min(least, this.#length));
    for (let column = 0; column < end; column++) {
      const glyph = this.#glyphs[column]!;
      if (glyph === RIGHT_HALF) continue;
      const wanted = glyph === BLANK ? NO_STYLE : this.#styleOf[column]!;
      if (wanted !== style) line.addSequence(this.#styles.change(style, wanted));
      style = wanted;
      line.add(glyph === BLANK ? 0x20 : glyph);
      if (this.#joined.size > 0) line.addCharacters(this.#joined.get(column) ?? "");
    }
    if (this.#style !== style) line.addSequence(this.#styles.change(style, this.#style));
    line.cut ||= this.overflowed;
  }

  isBlank(): boolean {
    return this.#visibleEnd() === 0;
  }

  #visibleEnd(): number {
    let end = this.#length;
    while (end > 0 && (this.#glyphs[end - 1] === BLANK || this.#glyphs[end - 1] === 0x20)) end--;
    return end;
  }

  #join(codePoint: number): void {
    let column = Math.min(this.#cursor, this.#length) - 1;
    if (column > 0 && this.#glyphs[column] === RIGHT_HALF) column--;
    if (column < 0) return;
    const before = this.#joined.get(column) ?? "";
    if (before.length < 16) this.#joined.set(column, before + String.fromCodePoint(codePoint));
  }

  #forgetJoined(from: number, to: number): void {
    for (const column of this.#joined.keys())
      if (column >= from && column < to) this.#joined.delete(column);
  }

  #tab(): void {
    const stop = Math.min((Math.floor(this.#cursor / TAB_WIDTH) + 1) * TAB_WIDTH, this.#maxColumns);
    while (this.#cursor < stop && this.#cursor >= this.#length) this.write(0x20);
    this.#cursor = stop;
  }

  #fillTo(length: number): void {
    if (length > this.#glyphs.length) this.#grow(length);
    for (let column = this.#length; column < length; column++) this.#glyphs[column] = BLANK;
    this.#length = length;
  }

  #grow(length: number): void {
    const size = Math.min(Math.max(length, this.#glyphs.length * 2), this.#maxColumns + 2);
    const glyphs = new Uint32Array(size);
    const styleOf = new Uint16Array(size);
    glyphs.set(this.#glyphs);
    styleOf.set(this.#styleOf);
    this.#glyphs = glyphs;
    this.#styleOf = styleOf;
  }

  /** A half of a wide character becomes a blank when the other half is overwritten. */
  #splitWide(from: number, to: number): void {
    if (from > 0 && this.#glyphs[from] === RIGHT_HALF) this.#glyphs[from - 1] = BLANK;
    if (to < this.#length && this.#glyphs[to] === RIGHT_HALF) this.#glyphs[to] = BLANK;
  }

  #eraseBetween(from: number, to: number): void {
    if (to <= from) return;
    this.#splitWide(from, to);
    this.#glyphs.fill(BLANK, from, to);
    if (this.#joined.size > 0) this.#forgetJoined(from, to);
  }

  #shift(from: number, to: number): void {
    this.#glyphs.copyWithin(to, from, this.#length);
    this.#styleOf.copyWithin(to, from, this.#length);
    const kept = [...this.#joined].filter(([column]) => column >= from);
    for (const column of this.#joined.keys())
      if (column >= Math.min(from, to)) this.#joined.delete(column);
    for (const [column, text] of kept) this.#joined.set(column - from + to, text);
  }

  #forgetUnusedStyles(): void {
    const keep = this.#styles.compact();
    for (let column = 0; column < this.#length; column++)
      this.#styleOf[column] = keep(this.#styleOf[column]!);
    this.#style = keep(this.#style);
  }
}

const ZERO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}]$/u;

/** The columns that a character takes: 0 (combines with the one before), 1 or 2. */
export function columnsOf(codePoint: number): 0 | 1 | 2 {
  if (codePoint < 0x300) return 1;
  return ZERO_WIDTH.test(String.fromCodePoint(codePoint)) ? 0 : eastAsianWidth(codePoint);
}
