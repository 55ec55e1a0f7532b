import { MAX_LINE_BYTES } from "./line-buffer.ts";
import { type LineSink, TextLine } from "./text-line.ts";
import { LogNote } from "../logs/note.ts";
import { REPLACEMENT, Utf8Decoder } from "./utf8.ts";

/** What follows a mark: text for the log; text for the window only, up to the next mark; or a note for it, in bytes. */
export type AfterMark = "log" | "window" | { note: number };

/**
 * Where the text goes. `mark` gets the fields of an OSC 7776 sequence; `isNote` returns whether the bytes after a note's
 * mark are the note and nothing else.
 */
export interface LogTextSink extends LineSink {
  mark(fields: string[]): AfterMark;
  isNote(bytes: Uint8Array): boolean;
}

// Kinds of bytes between sequences.
const PLAIN = 0;
const LINE_FEED = 1;
const CARRIAGE_RETURN = 2;
const ESCAPE = 3;
const BACKSPACE = 4;
const DROPPED = 5;
const HIGH = 6;

const kinds = new Uint8Array(256);
kinds.fill(DROPPED, 0, 0x20);
kinds.fill(HIGH, 0x80);
kinds[0x09] = PLAIN;
kinds[0x0a] = LINE_FEED;
kinds[0x0d] = CARRIAGE_RETURN;
kinds[0x1b] = ESCAPE;
kinds[0x08] = BACKSPACE;
kinds[0x7f] = DROPPED;

// The state of the parser; the names are those of the VT500 state diagram (vt100.net/emu/dec_ansi_parser).
const GROUND = 0;
const AFTER_ESCAPE = 1;
const ESCAPE_INTERMEDIATE = 2;
const IN_CSI = 3;
const IN_STRING = 4;

/** Bytes of a control sequence that are looked at; longer ones are read to their end and dropped. */
const MAX_PARAMETERS = 256;
/** An unterminated string ends here at the latest; it also ends with the line, or tmux's user would lose all that follows. */
const MAX_STRING = 1 << 20;
/** Above the C1 controls. */
const FIRST_PRINTABLE = 0xa0;
/** Switches to or from the alternate screen, whose rows are no part of the lines around it. */
const ALTERNATE_SCREEN = /^\?(?:\d+;)*(?:47|1047|1049)(?:;|$)/;

/**
 * Turns a terminal's bytes into lines of text, as a person would have read them. Colours (SGR) are kept; other control
 * sequences and overwritten text are removed; invalid UTF-8 becomes U+FFFD. Chunks may be split anywhere.
 * Blank lines that only clear the screen are left out of the log.
 * C1 controls in UTF-8 are dropped alone, as tmux does: as introducers they would swallow mis-encoded text.
 */
export class LogText {
  readonly #line: TextLine;
  #muted = false;
  /** The alternate screen is shown. */
  #isAlternate = false;
  readonly #note = new LogNote();

  #state = GROUND;
  #parameters = "";
  #stringLength = 0;
  #isOsc = false;
  /** An OSC that met its ESC: it is whole once the backslash is there. */
  #endingOsc = false;

  readonly #utf8 = new Utf8Decoder();
  readonly #sink: LogTextSink;

  constructor(sink: LogTextSink) {
    this.#sink = sink;
    this.#line = new TextLine(sink);
  }

  push(chunk: Uint8Array, size: number): void {
    let at = 0;
    while (at < size) {
      at = this.#copyPlain(chunk, at, size);
      if (at === size) return;
      if (this.#note.isExpected) this.#noteByte(chunk[at++]!);
      else at = this.#stepThrough(chunk, at, size);
    }
  }

  /** Reads one byte, or the character or sequence that begins with it, as far as it is there. */
  #stepThrough(chunk: Uint8Array, start: number, size: number): number {
    let at = start;
    do this.#step(chunk[at++]!);
    while (at < size && (this.#state !== GROUND || this.#utf8.isPending));
    return at;
  }

  #noteByte(byte: number): void {
    this.#note.add(byte);
    if (!this.#note.isExpected) this.#endNote();
  }

  /** If another process printed in the middle of a note, all of it is text, so that nothing is lost. */
  #endNote(): void {
    const bytes = this.#note.take();
    if (!this.#sink.isNote(bytes)) this.push(bytes, bytes.length);
  }

  /** Bytes of text that no line feed has ended; an estimate, 0 only if there is none. */
  get unfinished(): number {
    return this.#line.unfinished;
  }

  /**
   * The text of a line that no line feed has ended, without colours; null if there is none, if it has more than `most`
   * bytes, or while a program has the whole screen.
   */
  open(most: number): string | null {
    return this.#isAlternate ? null : this.#line.open(most);
  }

  /** Ends a line that has no line feed, as when its process ends: a prompt is part of the log. */
  flush(): void {
    if (this.#note.isExpected) this.#endNote();
    if (this.#utf8.isPending) this.#invalid();
    this.#state = GROUND;
    this.#isAlternate = false;
    this.#line.flush();
    this.#endingOsc = false;
  }

  /** The fast path: whole lines without anything special cost one look and one copy a byte. */
  #copyPlain(chunk: Uint8Array, start: number, size: number): number {
    if (this.#state !== GROUND || !this.#line.isPlain || this.#utf8.isPending) return start;
    if (this.#muted || this.#note.isExpected) return start;
    const { buffer } = this.#line;
    const text = buffer.bytes;
    let { cut, length } = buffer;
    const limit = cut ? 0 : MAX_LINE_BYTES;
    let at = start;
    for (; at < size; at++) {
      const byte = chunk[at]!;
      const kind = kinds[byte];
      if (kind === PLAIN) {
        if (length < limit) text[length++] = byte;
        else cut = true;
      } else if (kind === LINE_FEED) {
        if (cut) break;
        this.#line.emit(text, length);
        length = 0;
      } else if (kind !== CARRIAGE_RETURN || at + 1 === size || chunk[at + 1] !== 0x0a) break;
    }
    buffer.length = length;
    buffer.cut = cut;
    return at;
  }

  #step(byte: number): void {
    if (byte === 0x1b) return this.#startEscape();
    if (this.#state === GROUND) return this.#print(byte);
    if (byte === 0x18 || byte === 0x1a) return this.#abort();
    if (byte === 0x0a) {
      this.#abort();
      return this.#print(byte);
    }
    if (this.#state === IN_STRING) return this.#stringByte(byte);
    if (byte >= 0x80) {
      this.#abort();
      return this.#print(byte);
    }
    if (byte < 0x20 || byte === 0x7f) return;
    if (this.#state === IN_CSI) this.#csiByte(byte);
    else this.#escapeByte(byte);
  }

  #abort(): void {
    this.#state = GROUND;
    this.#endingOsc = false;
  }

  #startEscape(): void {
    if (this.#utf8.isPending) this.#invalid();
    this.#endingOsc = this.#state === IN_STRING && this.#isOsc;
    this.#state = AFTER_ESCAPE;
  }

  #escapeByte(byte: number): void {
    const before = this.#state;
    this.#state = GROUND;
    if (byte < 0x30) this.#state = ESCAPE_INTERMEDIATE;
    else if (before === ESCAPE_INTERMEDIATE) return;
    else if (byte === 0x5b) this.#begin(IN_CSI);
    else if ("]PX^_k".includes(String.fromCharCode(byte))) {
      this.#begin(IN_STRING);
      this.#isOsc = byte === 0x5d;
    } else if (byte === 0x5c) this.#endString();
    else if (!this.#muted && "DEMc".includes(String.fromCharCode(byte))) {
      if (byte === 0x63) this.#isAlternate = false;
      this.#line.leave(byte === 0x63);
    }
    this.#endingOsc = false;
  }

  #begin(state: number): void {
    this.#state = state;
    this.#parameters = "";
    this.#stringLength = 0;
  }

  #stringByte(byte: number): void {
    if (byte === 0x07) {
      this.#endingOsc = this.#isOsc;
      return this.#endString();
    }
    if (++this.#stringLength > MAX_STRING) return this.#abort();
    if (this.#isOsc && this.#stringLength <= MAX_PARAMETERS)
      this.#parameters += String.fromCharCode(byte);
  }

  #endString(): void {
    this.#state = GROUND;
    const whole = this.#endingOsc && this.#stringLength <= MAX_PARAMETERS;
    this.#endingOsc = false;
    if (!whole || !this.#parameters.startsWith("7776;")) return;
    const after = this.#sink.mark(this.#parameters.split(";"));
    this.#muted = after === "window";
    if (typeof after === "object") this.#note.begin(after.note);
  }

  #csiByte(byte: number): void {
    if (byte >= 0x40) {
      this.#state = GROUND;
      if (!this.#muted) this.#control(String.fromCharCode(byte), this.#parameters);
    } else if (++this.#stringLength > MAX_PARAMETERS) this.#abort();
    else this.#parameters += String.fromCharCode(byte);
  }

  #control(final: string, parameters: string): void {
    if (final === "m") return this.#line.colour(parameters);
    if ("hl".includes(final) && ALTERNATE_SCREEN.test(parameters)) {
      this.#isAlternate = final === "h";
      return this.#line.leave();
    }
    if (!/^[0-9;]*$/.test(parameters)) return;
    const count = Math.min(Number.parseInt(parameters, 10) || 0, MAX_LINE_BYTES);
    if ("ABEFHJSTdf".includes(final)) return this.#line.vertical(final, count);
    if ("CDGKPX@`a".includes(final)) this.#line.horizontal(final, count);
  }

  #print(byte: number): void {
    if (this.#utf8.isPending) {
      if (this.#utf8.continues(byte)) return this.#decoded(this.#utf8.next(byte));
      this.#invalid();
    }
    const kind = kinds[byte]!;
    if (kind === HIGH) return this.#decoded(this.#utf8.first(byte));
    if (this.#muted) return;
    if (kind === PLAIN) this.#line.write(byte);
    else if (kind === LINE_FEED) this.#line.finish();
    else if (kind === CARRIAGE_RETURN) this.#line.carriageReturn();
    else if (kind === BACKSPACE) this.#line.backspace();
  }

  #decoded(codePoint: number): void {
    if (codePoint >= FIRST_PRINTABLE && !this.#muted) this.#line.write(codePoint);
  }

  #invalid(): void {
    this.#utf8.reset();
    if (!this.#muted) this.#line.write(REPLACEMENT);
  }
}
