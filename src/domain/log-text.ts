import { LogBuffer, maxLineBytes } from "./log-buffer.ts";
import { LogCells } from "./log-cells.ts";
import { replacement, Utf8Decoder } from "./log-utf8.ts";

/**
 * Where the text goes. `line` gets the bytes of one finished line (valid until it returns), `mark` the fields of
 * an OSC 7776 sequence; its answer says whether what follows is for people in the window only, and not for the log.
 */
export interface LogTextSink {
  line(bytes: Uint8Array, length: number): void;
  mark(fields: string[]): boolean;
}

// What a byte is to the parser between sequences.
const plain = 0;
const lineFeed = 1;
const carriageReturn = 2;
const escape = 3;
const backspace = 4;
const dropped = 5;
const high = 6;

const kinds = new Uint8Array(256);
kinds.fill(dropped, 0, 0x20);
kinds.fill(high, 0x80);
kinds[0x09] = plain;
kinds[0x0a] = lineFeed;
kinds[0x0d] = carriageReturn;
kinds[0x1b] = escape;
kinds[0x08] = backspace;
kinds[0x7f] = dropped;

// Where the parser is; the names are those of the VT500 state diagram (vt100.net/emu/dec_ansi_parser).
const ground = 0;
const afterEscape = 1;
const escapeIntermediate = 2;
const inCsi = 3;
const inString = 4;

/** Bytes of a control sequence that are looked at; longer ones are read to their end and dropped. */
const maxParameters = 256;
/** An unterminated string ends here at the latest; it also ends with the line, or tmux's user would lose all that follows. */
const maxString = 1 << 20;
/** Above the C1 controls. */
const firstPrintable = 0xa0;

/**
 * Turns a terminal's bytes into lines of text: what a person would have read. Colours (SGR) stay, every other
 * control sequence goes, text that was overwritten goes, invalid UTF-8 becomes U+FFFD. Chunks may split anywhere.
 * C1 controls in UTF-8 are dropped alone, as tmux does: as introducers they would swallow mis-encoded text.
 */
export class LogText {
  private readonly line = new LogBuffer();
  /** The cursor stands at column 0 of a line that has text. */
  private returned = false;
  private cells: LogCells | null = null;
  private spareCells: LogCells | null = null;
  private muted = false;

  private state = ground;
  private parameters = "";
  private stringLength = 0;
  private isOsc = false;
  /** An OSC that met its ESC: it is whole once the backslash is there. */
  private endingOsc = false;

  private readonly utf8 = new Utf8Decoder();

  constructor(private readonly sink: LogTextSink) {}

  push(chunk: Uint8Array, size: number): void {
    let at = 0;
    while (at < size) {
      at = this.copyPlain(chunk, at, size);
      if (at < size) this.step(chunk[at++]!);
    }
  }

  /** Ends a line that has no line feed, as when its process ends: a prompt is part of the log. */
  flush(): void {
    if (this.utf8.isPending) this.invalid();
    this.state = ground;
    if (this.hasText()) this.finishLine();
    else this.resetLine();
    this.endingOsc = false;
  }

  /** The fast path: whole lines without anything special cost one look and one copy a byte. */
  private copyPlain(chunk: Uint8Array, start: number, size: number): number {
    if (this.state !== ground || this.returned || this.utf8.isPending) return start;
    if (this.cells !== null || this.muted) return start;
    const text = this.line.bytes;
    let { cut, length } = this.line;
    const limit = cut ? 0 : maxLineBytes;
    let at = start;
    for (; at < size; at++) {
      const byte = chunk[at]!;
      const kind = kinds[byte];
      if (kind === plain) {
        if (length < limit) text[length++] = byte;
        else cut = true;
      } else if (kind === lineFeed) {
        if (cut) break;
        this.sink.line(text, length);
        length = 0;
      } else if (kind !== carriageReturn || at + 1 === size || chunk[at + 1] !== 0x0a) break;
    }
    this.line.length = length;
    this.line.cut = cut;
    return at;
  }

  private step(byte: number): void {
    if (byte === 0x1b) return this.startEscape();
    if (this.state === ground) return this.print(byte);
    if (byte === 0x18 || byte === 0x1a) return this.abort();
    if (byte === 0x0a) {
      this.abort();
      return this.print(byte);
    }
    if (this.state === inString) return this.stringByte(byte);
    if (byte >= 0x80) {
      this.abort();
      return this.print(byte);
    }
    if (byte < 0x20 || byte === 0x7f) return;
    if (this.state === inCsi) this.csiByte(byte);
    else this.escapeByte(byte);
  }

  private abort(): void {
    this.state = ground;
    this.endingOsc = false;
  }

  private startEscape(): void {
    if (this.utf8.isPending) this.invalid();
    this.endingOsc = this.state === inString && this.isOsc;
    this.state = afterEscape;
  }

  private escapeByte(byte: number): void {
    const before = this.state;
    this.state = ground;
    if (byte < 0x30) this.state = escapeIntermediate;
    else if (before === escapeIntermediate) return;
    else if (byte === 0x5b) this.begin(inCsi);
    else if ("]PX^_k".includes(String.fromCharCode(byte))) {
      this.begin(inString);
      this.isOsc = byte === 0x5d;
    } else if (byte === 0x5c) this.endString();
    else if ("DEMc".includes(String.fromCharCode(byte))) this.leaveLine();
    this.endingOsc = false;
  }

  private begin(state: number): void {
    this.state = state;
    this.parameters = "";
    this.stringLength = 0;
  }

  private stringByte(byte: number): void {
    if (byte === 0x07) {
      this.endingOsc = this.isOsc;
      return this.endString();
    }
    if (++this.stringLength > maxString) return this.abort();
    if (this.isOsc && this.stringLength <= maxParameters)
      this.parameters += String.fromCharCode(byte);
  }

  private endString(): void {
    this.state = ground;
    const whole = this.endingOsc && this.stringLength <= maxParameters;
    this.endingOsc = false;
    if (!whole || !this.parameters.startsWith("7776;")) return;
    this.muted = this.sink.mark(this.parameters.split(";"));
  }

  private csiByte(byte: number): void {
    if (byte >= 0x40) {
      this.state = ground;
      if (!this.muted) this.control(String.fromCharCode(byte), this.parameters);
    } else if (++this.stringLength > maxParameters) this.abort();
    else this.parameters += String.fromCharCode(byte);
  }

  private control(final: string, parameters: string): void {
    if (final === "m") return this.colour(parameters);
    if (!/^[0-9;]*$/.test(parameters)) return;
    const count = Math.min(Number.parseInt(parameters, 10) || 0, maxLineBytes);
    if ("ABEFHJSTdf".includes(final)) return this.vertical(final, count);
    if ("CDGKPX@`a".includes(final)) this.horizontal(final, count);
  }

  private colour(parameters: string): void {
    if (!/^[0-9;:]*$/.test(parameters)) return;
    const sequence = `\x1b[${parameters}m`;
    if (this.cells !== null) this.cells.setStyle(sequence);
    else this.line.addSequence(sequence);
  }

  /** Text left behind by a move to another row stays in the log; `J` from the cursor only clears. */
  private vertical(final: string, count: number): void {
    if (final === "J" && count === 0) this.horizontal("K", 0);
    else this.leaveLine();
  }

  private leaveLine(): void {
    if (this.muted) return;
    if (this.hasText()) this.finishLine();
    else if (this.cells !== null) this.leaveCells(this.cells);
    this.returned = false;
  }

  private horizontal(final: string, count: number): void {
    const atEnd = this.cells === null && !this.returned;
    if (final === "K" && count === 0 && atEnd) return;
    const cells = this.enterCells();
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
    if (cells.atStart() && cells.isBlank()) this.leaveCells(cells);
  }

  private print(byte: number): void {
    if (this.utf8.isPending) {
      if (this.utf8.continues(byte)) return this.decoded(this.utf8.next(byte));
      this.invalid();
    }
    const kind = kinds[byte]!;
    if (kind === high) return this.decoded(this.utf8.first(byte));
    if (this.muted) return;
    if (kind === plain) this.write(byte);
    else if (kind === lineFeed) this.finishLine();
    else if (kind === carriageReturn) this.carriageReturn();
    else if (kind === backspace) this.enterCells().moveBy(-1);
  }

  private carriageReturn(): void {
    if (this.cells !== null) this.cells.moveTo(0);
    else this.returned = this.line.length > 0;
  }

  private decoded(codePoint: number): void {
    if (codePoint >= firstPrintable) this.write(codePoint);
  }

  private invalid(): void {
    this.utf8.reset();
    this.write(replacement);
  }

  private write(codePoint: number): void {
    if (this.muted) return;
    if (this.returned) this.enterCells();
    if (this.cells !== null) this.cells.write(codePoint);
    else this.line.add(codePoint);
  }

  private enterCells(): LogCells {
    if (this.cells !== null) return this.cells;
    const cells = (this.spareCells ??= new LogCells(maxLineBytes));
    cells.clear();
    for (const part of this.line.parts()) {
      if (part.startsWith("\x1b")) cells.setStyle(part);
      else for (const character of part) cells.write(character.codePointAt(0)!);
    }
    if (this.returned) cells.moveTo(0);
    cells.overflowed = this.line.cut;
    this.returned = false;
    this.line.reset();
    this.cells = cells;
    return cells;
  }

  /** A line that was wiped starts anew, on the fast path. */
  private leaveCells(cells: LogCells): void {
    this.cells = null;
    this.line.addSequence(cells.currentStyle());
  }

  private hasText(): boolean {
    return this.cells === null ? this.line.hasText() : !this.cells.isBlank();
  }

  private finishLine(): void {
    this.cells?.render(this.line);
    if (this.line.cut) this.line.addCutMark();
    this.sink.line(this.line.bytes, this.line.length);
    this.resetLine();
  }

  private resetLine(): void {
    this.cells = null;
    this.returned = false;
    this.line.reset();
  }
}
