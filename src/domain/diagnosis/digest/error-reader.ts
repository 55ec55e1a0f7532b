import { Block } from "./block.ts";
import { isCaret } from "./echo.ts";
import { GroupBars } from "./group-bars.ts";
import { isPreamble, kindOfHead } from "./heads.ts";
import { type ListedError, ListedErrors } from "./listed-errors.ts";

/** Lines after `PATH:N` in which a caret must follow. */
const PREAMBLE_LINES = 4;

/** A line of a run's output. */
export interface DigestLine {
  /** When it was written, as in the log. */
  stamp: string;
  text: string;
}

/** Gets the errors that a reader has found. */
export interface ErrorListener {
  onBlock(block: Block): void;
  onListed(error: ListedError, stamp: string): void;
}

/** Finds the errors in the lines of one program: each block of lines, and each line of a list. */
export class ErrorReader {
  readonly #listener: ErrorListener;
  readonly #listed = new ListedErrors();
  readonly #bars = new GroupBars();
  #block: Block | null = null;
  /** A line that may stand before an error, and those after it. */
  #waiting: DigestLine[] = [];

  constructor(listener: ErrorListener) {
    this.#listener = listener;
  }

  read({ stamp, text }: DigestLine): void {
    this.#read({ stamp, text: this.#bars.without(text) }, true);
  }

  /** Reads a line if it continues the current block, which ends otherwise. */
  continue({ stamp, text }: DigestLine): boolean {
    return this.#continue({ stamp, text: this.#bars.without(text) });
  }

  /** Reads the lines of one error. */
  readWhole([first = "", ...rest]: readonly string[], stamp: string): void {
    this.end();
    const block = new Block(kindOfHead(first) ?? "plain", stamp, [first]);
    for (const line of rest) block.take(line, stamp);
    this.#listener.onBlock(block);
  }

  /** Ends the current block: no more lines of it come. */
  end(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#readAgain(waiting, false);
    this.#endBlock();
    this.#listed.end();
  }

  /** `mayWait`: whether the line may be kept until the lines after it show what it is. */
  #read(line: DigestLine, mayWait: boolean): void {
    if (this.#continue(line)) return;
    if (this.#readListed(line)) return;
    const waits = this.#waiting.length > 0 || isPreamble(line.text);
    if (mayWait && waits) this.#wait(line);
    else this.#begin(line);
  }

  /** Reads a line of a list of errors; false if it is none. */
  #readListed({ text, stamp }: DigestLine): boolean {
    const listed = this.#listed.read(text);
    if (listed === null) return false;
    this.#waiting = [];
    this.#listener.onListed(listed, stamp);
    return true;
  }

  #begin({ stamp, text }: DigestLine): void {
    const kind = kindOfHead(text);
    if (kind !== null) this.#block = new Block(kind, stamp, [text]);
  }

  /** Keeps a line that may stand before an error, and those after it, until a caret makes them one block. */
  #wait(line: DigestLine): void {
    const waiting = [...this.#waiting, line];
    this.#waiting = [];
    if (isCaret(line.text)) {
      const lines = waiting.map(({ text }) => text);
      this.#block = new Block("plain", waiting[0]!.stamp, lines, true);
    } else if (waiting.length > PREAMBLE_LINES) this.#readAgain(waiting, true);
    else this.#waiting = waiting;
  }

  /** Reads lines that have waited in vain: the first one stands before no error. */
  #readAgain([first, ...rest]: readonly DigestLine[], mayWait: boolean): void {
    if (first !== undefined) this.#begin(first);
    for (const line of rest) this.#read(line, mayWait);
  }

  #continue({ stamp, text }: DigestLine): boolean {
    if (this.#block?.take(text, stamp)) return true;
    this.#endBlock();
    return false;
  }

  #endBlock(): void {
    if (this.#block !== null) this.#listener.onBlock(this.#block);
    this.#block = null;
  }
}
