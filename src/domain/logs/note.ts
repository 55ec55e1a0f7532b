/** Collects the bytes of a note that a mark has announced. */
export class LogNote {
  readonly #bytes: number[] = [];
  #missing = 0;

  /** Starts a note of `length` bytes. */
  begin(length: number): void {
    this.#missing = length;
  }

  get isExpected(): boolean {
    return this.#missing > 0;
  }

  /** Adds a byte of the note. */
  add(byte: number): void {
    this.#bytes.push(byte);
    this.#missing--;
  }

  /** Returns the bytes so far, and ends the note. */
  take(): Uint8Array {
    this.#missing = 0;
    return Uint8Array.from(this.#bytes.splice(0));
  }
}
