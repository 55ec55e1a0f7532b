/** Maximum length of a log line's text in bytes, without the mark of a cut line. */
export const MAX_LINE_BYTES = 65536;
export const CUT_MARK = " [taskmux: cut at 64 KiB]";

const LEAD_BITS = [0, 0, 0xc0, 0xe0, 0xf0];

const isUnseen = (byte: number): boolean => byte === 0x1b || byte === 0x20 || byte === 0x09;

/** The text of a line as UTF-8. A line that is too long is cut, but never within a character or a colour code. */
export class LogBuffer {
  readonly bytes = new Uint8Array(MAX_LINE_BYTES + CUT_MARK.length + 4);
  length = 0;
  /** Text was left out at the end. */
  cut = false;

  reset(): void {
    this.length = 0;
    this.cut = false;
  }

  /** Whether anything is visible: colour codes and blanks alone are not. */
  hasText(): boolean {
    let at = 0;
    while (at < this.length && isUnseen(this.bytes[at]!))
      at = this.bytes[at] === 0x1b ? this.bytes.indexOf(0x6d, at) + 1 : at + 1;
    return at < this.length;
  }

  /** Keeps only the colour codes of a line without visible text. */
  dropBlanks(): void {
    if (this.length === 0) return;
    const codes = this.parts().filter((part) => part.startsWith("\x1b"));
    this.reset();
    for (const code of codes) this.addSequence(code);
  }

  add(codePoint: number): void {
    if (codePoint < 0x80) this.#addByte(codePoint);
    else this.#addEncoded(codePoint);
  }

  /** Adds a colour code, or other ASCII that must not be cut. */
  addSequence(ascii: string): void {
    if (!this.#makeRoom(ascii.length)) return;
    for (let index = 0; index < ascii.length; index++)
      this.bytes[this.length++] = ascii.charCodeAt(index);
  }

  addCharacters(text: string): void {
    for (const character of text) this.add(character.codePointAt(0)!);
  }

  text(): string {
    return new TextDecoder().decode(this.bytes.subarray(0, this.length));
  }

  /** The content so far: colour codes, and the text between them. */
  parts(): string[] {
    return this.text().match(/\x1b\[[0-9;:]*m|[^\x1b]+/g) ?? [];
  }

  /** Marks the line as cut. Resets colours first. */
  addCutMark(): void {
    const hasColour = this.bytes.subarray(0, this.length).includes(0x1b);
    const mark = hasColour ? `\x1b[0m${CUT_MARK}` : CUT_MARK;
    for (let index = 0; index < mark.length; index++)
      this.bytes[this.length++] = mark.charCodeAt(index);
  }

  #addByte(byte: number): void {
    if (this.#makeRoom(1)) this.bytes[this.length++] = byte;
  }

  #addEncoded(codePoint: number): void {
    const size = codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
    if (!this.#makeRoom(size)) return;
    for (let index = size - 1, rest = codePoint; index > 0; index--, rest >>= 6)
      this.bytes[this.length + index] = 0x80 | (rest & 0x3f);
    this.bytes[this.length] = LEAD_BITS[size]! | (codePoint >> (6 * (size - 1)));
    this.length += size;
  }

  #makeRoom(size: number): boolean {
    if (this.length + size > MAX_LINE_BYTES) this.cut = true;
    return !this.cut;
  }
}
