import { LogBlanks } from "./blanks.ts";
import { LogCells } from "./cells.ts";
import { LogBuffer, MAX_LINE_BYTES } from "./line-buffer.ts";
import { withoutColour } from "../logs/line.ts";

/** Gets the bytes of each finished line; they are valid until it returns. */
export interface LineSink {
  line(bytes: Uint8Array, length: number): void;
}

const noBytes = new Uint8Array(0);

/** The line that a terminal's cursor is in: bytes as they were written, or cells once the cursor has moved back. */
export class TextLine {
  readonly buffer = new LogBuffer();
  /** The cursor is at column 0 of a line that has text. */
  #returned = false;
  #cells: LogCells | null = null;
  #spareCells: LogCells | null = null;
  /** For {@link open}. */
  #openBuffer: LogBuffer | null = null;
  readonly #blanks = new LogBlanks();
  readonly #sink: LineSink;

  constructor(sink: LineSink) {
    this.#sink = sink;
  }

  /** Text goes to the end of `buffer`. */
  get isPlain(): boolean {
    return this.#cells === null && !this.#returned;
  }

  /** Bytes of text that have not been passed on; an estimate, 0 only if there are none. */
  get unfinished(): number {
    return this.#blanks.count + (this.#hasText() ? Math.max(this.buffer.length, 1) : 0);
  }

  /** The text of a line that has not ended, without colours; null if there is none, or more than `most` bytes. */
  open(most: number): string | null {
    const cells = this.#cells;
    if (!this.#hasText() || (cells?.length ?? this.buffer.length) > most) return null;
    if (cells === null) return withoutColour(this.buffer.text());
    const line = (this.#openBuffer ??= new LogBuffer());
    line.reset();
    cells.render(line, cells.cursor);
    return withoutColour(line.text());
  }

  write(codePoint: number): void {
    if (this.#returned) this.#enterCells();
    if (this.#cells !== null) this.#cells.write(codePoint);
    else this.buffer.add(codePoint);
  }

  carriageReturn(): void {
    if (this.#cells !== null) this.#cells.moveTo(0);
    else this.#returned = this.buffer.length > 0;
  }

  backspace(): void {
    this.#enterCells().moveBy(-1);
  }

  /** `parameters` of an SGR sequence. */
  colour(parameters: string): void {
    if (!/^[0-9;:]*$/.test(parameters)) return;
    const sequence = `\x1b[${parameters}m`;
    if (this.#cells !== null) this.#cells.setStyle(sequence);
    else this.buffer.addSequence(sequence);
  }

  /** Text left behind by a move to another row stays in the log; `J` from the cursor only clears. */
  vertical(final: string, count: number): void {
    const clears = final === "J" ? count === 2 : "Hf".includes(final) && count <= 1;
    if (final === "J" && count === 0) this.horizontal("K", 0);
    else this.leave(clears);
  }

  horizontal(final: string, count: number): void {
    const atEnd = this.#cells === null && !this.#returned;
    if (final === "K" && count === 0 && atEnd) return;
    const cells = this.#enterCells();
    const one = Math.max(count, 1);
    if (final === "C" || final === "a") cells.moveBy(one);
    else if (final === "D") cells.moveBy(-one);
    else if (final === "G" || final === "`") cells.moveTo(one - 1);
    else if (final === "K" && count === 0) cells.eraseToEnd();
    else if (final === "K" && count === 1) cells.eraseToCursor();
    else if (final === "K" && count === 2) cells.eraseAll();
    else if (final === "P") cells.deleteCells(one);
    else if (final === "@") cells.insertCells(one);
    else if (final === "X") cells.erase(one);
    if (cells.atStart() && cells.isBlank()) this.#leaveCells(cells);
  }

  /** The cursor leaves the line for another row; `clears`: the screen is cleared. */
  leave(clears = false): void {
    if (this.#hasText()) this.finish();
    else if (this.#cells !== null) this.#leaveCells(this.#cells);
    else this.buffer.dropBlanks();
    this.#returned = false;
    if (clears) this.#blanks.dropPadding();
  }

  /** The cursor goes to the next line. */
  finish(): void {
    this.#cells?.render(this.buffer);
    if (this.buffer.cut) this.buffer.addCutMark();
    this.emit(this.buffer.bytes, this.buffer.length);
    this.#reset();
  }

  /** Ends a line that has no line feed, and the blank lines before it. */
  flush(): void {
    if (this.#hasText()) this.finish();
    else this.#reset();
    this.#emitBlanks();
  }

  /** Passes a finished line on. */
  emit(bytes: Uint8Array, length: number): void {
    if (length === 0 && this.#blanks.keep()) return;
    this.#emitBlanks();
    this.#sink.line(bytes, length);
  }

  #enterCells(): LogCells {
    if (this.#cells !== null) return this.#cells;
    const cells = (this.#spareCells ??= new LogCells(MAX_LINE_BYTES));
    cells.clear();
    for (const part of this.buffer.parts()) {
      if (part.startsWith("\x1b")) cells.setStyle(part);
      else for (const character of part) cells.write(character.codePointAt(0)!);
    }
    if (this.#returned) cells.moveTo(0);
    cells.overflowed = this.buffer.cut;
    this.#returned = false;
    this.buffer.reset();
    this.#cells = cells;
    return cells;
  }

  /** A line that was wiped starts again on the fast path. */
  #leaveCells(cells: LogCells): void {
    this.#cells = null;
    this.buffer.addSequence(cells.currentStyle());
  }

  #hasText(): boolean {
    return this.#cells === null ? this.buffer.hasText() : !this.#cells.isBlank();
  }

  #emitBlanks(): void {
    for (let left = this.#blanks.release(); left > 0; left--) this.#sink.line(noBytes, 0);
  }

  #reset(): void {
    this.#cells = null;
    this.#returned = false;
    this.buffer.reset();
  }
}
