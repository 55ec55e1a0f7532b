import type { LogBuffer } from "./log-buffer.ts";
import { LogStyles, noStyle } from "./log-styles.ts";

/**
 * One terminal line as cells, for lines whose cursor goes back over what was printed (progress bars,
 * spinners, backspaces). Columns count from 0. Only such lines are kept here: it is ten times slower than
 * copying bytes.
 */
const blank = 0;
const rightHalf = 0xffffffff;
const tabWidth = 8;
/** A cursor move reaches no further than this past the text: a terminal stops at its edge, of unknown place. */
const farthestMove = 256;

export class LogCells {
  private glyphs = new Uint32Array(256);
  private styleOf = new Uint16Array(256);
  private readonly joined = new Map<number, string>();
  private readonly styles = new LogStyles();
  private style = noStyle;
  private length = 0;
  private cursor = 0;
  /** Text didn't fit, and what it would have stood on is still there. */
  overflowed = false;

  constructor(private readonly maxColumns: number) {}

  clear(): void {
    this.joined.clear();
    this.style = noStyle;
    this.length = 0;
    this.cursor = 0;
    this.overflowed = false;
  }

  atStart(): boolean {
    return this.cursor === 0;
  }

  currentStyle(): string {
    return this.styles.text(this.style);
  }

  /** `sequence` is a whole SGR escape sequence. */
  setStyle(sequence: string): void {
    if (this.styles.isFull) this.forgetUnusedStyles();
    if (this.styles.isFull) return;
    this.style = this.styles.after(this.style, sequence);
  }

  write(codePoint: number): void {
    if (codePoint === 9) return this.tab();
    const width = columnsOf(codePoint);
    if (width === 0) return this.join(codePoint);
    const { cursor } = this;
    const end = cursor + width;
    if (end > this.maxColumns) {
      this.overflowed = true;
      return;
    }
    if (end > this.length) this.fillTo(end);
    this.splitWide(cursor, end);
    if (this.joined.size > 0) this.forgetJoined(cursor, end);
    this.glyphs[cursor] = codePoint;
    this.styleOf[cursor] = this.style;
    if (width === 2) this.glyphs[cursor + 1] = rightHalf;
    this.cursor = end;
  }

  moveTo(column: number): void {
    const limit = Math.min(Math.max(this.length, farthestMove), this.maxColumns);
    this.cursor = Math.max(0, Math.min(column, limit));
  }

  moveBy(columns: number): void {
    this.moveTo(this.cursor + columns);
  }

  eraseToEnd(): void {
    this.eraseBetween(this.cursor, this.length);
    this.length = Math.min(this.length, this.cursor);
  }

  eraseToCursor(): void {
    this.eraseBetween(0, Math.min(this.cursor + 1, this.length));
  }

  eraseAll(): void {
    this.eraseBetween(0, this.length);
    this.length = 0;
    this.overflowed = false;
  }

  erase(columns: number): void {
    this.eraseBetween(this.cursor, Math.min(this.cursor + columns, this.length));
  }

  deleteCells(columns: number): void {
    if (this.cursor >= this.length) return;
    const from = Math.min(this.cursor + columns, this.length);
    this.shift(from, this.cursor);
    this.length -= from - this.cursor;
  }

  insertCells(columns: number): void {
    const count = Math.min(columns, this.maxColumns - this.length, farthestMove);
    if (this.cursor >= this.length || count <= 0) return;
    const from = this.cursor;
    this.fillTo(this.length + count);
    this.shift(from, from + count);
    this.eraseBetween(from, from + count);
  }

  /** Adds the line as it stands, without the blanks at its end, and the style it leaves behind. */
  render(line: LogBuffer): void {
    let style = noStyle;
    for (let column = 0, end = this.visibleEnd(); column < end; column++) {
      const glyph = this.glyphs[column]!;
      if (glyph === rightHalf) continue;
      const wanted = glyph === blank ? noStyle : this.styleOf[column]!;
      if (wanted !== style) line.addSequence(this.styles.change(style, wanted));
      style = wanted;
      line.add(glyph === blank ? 0x20 : glyph);
      if (this.joined.size > 0) line.addCharacters(this.joined.get(column) ?? "");
    }
    if (this.style !== style) line.addSequence(this.styles.change(style, this.style));
    line.cut ||= this.overflowed;
  }

  isBlank(): boolean {
    return this.visibleEnd() === 0;
  }

  private visibleEnd(): number {
    let end = this.length;
    while (end > 0 && (this.glyphs[end - 1] === blank || this.glyphs[end - 1] === 0x20)) end--;
    return end;
  }

  private join(codePoint: number): void {
    let column = Math.min(this.cursor, this.length) - 1;
    if (column > 0 && this.glyphs[column] === rightHalf) column--;
    if (column < 0) return;
    const before = this.joined.get(column) ?? "";
    if (before.length < 16) this.joined.set(column, before + String.fromCodePoint(codePoint));
  }

  private forgetJoined(from: number, to: number): void {
    for (const column of this.joined.keys())
      if (column >= from && column < to) this.joined.delete(column);
  }

  private tab(): void {
    const stop = Math.min((Math.floor(this.cursor / tabWidth) + 1) * tabWidth, this.maxColumns);
    while (this.cursor < stop && this.cursor >= this.length) this.write(0x20);
    this.cursor = stop;
  }

  private fillTo(length: number): void {
    if (length > this.glyphs.length) this.grow(length);
    for (let column = this.length; column < length; column++) this.glyphs[column] = blank;
    this.length = length;
  }

  private grow(length: number): void {
    const size = Math.min(Math.max(length, this.glyphs.length * 2), this.maxColumns + 2);
    const glyphs = new Uint32Array(size);
    const styleOf = new Uint16Array(size);
    glyphs.set(this.glyphs);
    styleOf.set(this.styleOf);
    this.glyphs = glyphs;
    this.styleOf = styleOf;
  }

  /** Half of a wide character can't stand alone: where one half goes, the other becomes a blank. */
  private splitWide(from: number, to: number): void {
    if (from > 0 && this.glyphs[from] === rightHalf) this.glyphs[from - 1] = blank;
    if (to < this.length && this.glyphs[to] === rightHalf) this.glyphs[to] = blank;
  }

  private eraseBetween(from: number, to: number): void {
    if (to <= from) return;
    this.splitWide(from, to);
    this.glyphs.fill(blank, from, to);
    if (this.joined.size > 0) this.forgetJoined(from, to);
  }

  private shift(from: number, to: number): void {
    this.glyphs.copyWithin(to, from, this.length);
    this.styleOf.copyWithin(to, from, this.length);
    const kept = [...this.joined].filter(([column]) => column >= from);
    for (const column of this.joined.keys())
      if (column >= Math.min(from, to)) this.joined.delete(column);
    for (const [column, text] of kept) this.joined.set(column - from + to, text);
  }

  private forgetUnusedStyles(): void {
    const keep = this.styles.compact();
    for (let column = 0; column < this.length; column++)
      this.styleOf[column] = keep(this.styleOf[column]!);
    this.style = keep(this.style);
  }
}

const zeroWidth = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{17000}-\u{18aff}\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}$/u;

const widths = new Map<number, 0 | 1 | 2>();
const mostWidths = 4096;

/** Columns a character takes: 0 (joins the one before), 1 or 2. */
export function columnsOf(codePoint: number): 0 | 1 | 2 {
  if (codePoint < 0x300) return 1;
  const known = widths.get(codePoint);
  if (known !== undefined) return known;
  const character = String.fromCodePoint(codePoint);
  const width = zeroWidth.test(character) ? 0 : wide.test(character) ? 2 : 1;
  if (widths.size < mostWidths) widths.set(codePoint, width);
  return width;
}
