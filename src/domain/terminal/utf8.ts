/** Replaces bytes that are not valid UTF-8. */
export const REPLACEMENT = 0xfffd;

/** More bytes are needed. */
const PENDING = -1;

/** Decodes UTF-8 byte by byte, with a replacement for each invalid part, as WHATWG's decoder does. */
export class Utf8Decoder {
  #codePoint = 0;
  #needed = 0;
  #lowest = 0x80;
  #highest = 0xbf;

  /** In the middle of a character. */
  get isPending(): boolean {
    return this.#needed > 0;
  }

  /** Discards an incomplete character. */
  reset(): void {
    this.#needed = 0;
  }

  /** Whether the byte continues the incomplete character. */
  continues(byte: number): boolean {
    return byte >= this.#lowest && byte <= this.#highest;
  }

  /** Adds a continuation byte; returns the character, or `pending`. */
  next(byte: number): number {
    this.#lowest = 0x80;
    this.#highest = 0xbf;
    this.#codePoint = (this.#codePoint << 6) | (byte & 0x3f);
    return --this.#needed === 0 ? this.#codePoint : PENDING;
  }

  /**
   * Adds the first byte of a character, 0x80 or above; returns `pending`, or the replacement if no character begins with
   * it.
   */
  first(byte: number): number {
    this.#lowest = byte === 0xe0 ? 0xa0 : byte === 0xf0 ? 0x90 : 0x80;
    this.#highest = byte === 0xed ? 0x9f : byte === 0xf4 ? 0x8f : 0xbf;
    this.#needed = byte < 0xc2 || byte > 0xf4 ? 0 : byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    this.#codePoint = byte & (0x3f >> this.#needed);
    return this.#needed === 0 ? REPLACEMENT : PENDING;
  }
}
