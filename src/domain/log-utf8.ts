/** What stands for bytes that are no character. */
export const replacement = 0xfffd;

/** More bytes are needed. */
export const pending = -1;

/** Decodes UTF-8 byte by byte, with a replacement for each invalid part, as the WHATWG's decoder has it. */
export class Utf8Decoder {
  private codePoint = 0;
  private needed = 0;
  private lowest = 0x80;
  private highest = 0xbf;

  /** Within a character. */
  get isPending(): boolean {
    return this.needed > 0;
  }

  /** Leaves the character that was begun. */
  reset(): void {
    this.needed = 0;
  }

  /** Whether the byte goes on with the character that was begun. */
  continues(byte: number): boolean {
    return byte >= this.lowest && byte <= this.highest;
  }

  /** A byte that continues the character: the character, or `pending`. */
  next(byte: number): number {
    this.lowest = 0x80;
    this.highest = 0xbf;
    this.codePoint = (this.codePoint << 6) | (byte & 0x3f);
    return --this.needed === 0 ? this.codePoint : pending;
  }

  /** The first byte of a character, 0x80 or above: `pending`, or the replacement where none begins with it. */
  first(byte: number): number {
    this.lowest = byte === 0xe0 ? 0xa0 : byte === 0xf0 ? 0x90 : 0x80;
    this.highest = byte === 0xed ? 0x9f : byte === 0xf4 ? 0x8f : 0xbf;
    this.needed = byte < 0xc2 || byte > 0xf4 ? 0 : byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    this.codePoint = byte & (0x3f >> this.needed);
    return this.needed === 0 ? replacement : pending;
  }
}
