/** The longest text of a log line in bytes; the mark of a cut line comes on top. */
export const maxLineBytes = 65536;
export const cutMark = " [taskmux: cut at 64 KiB]";

const leadBits = [0, 0, 0xc0, 0xe0, 0xf0];

/** The text of one line as UTF-8, cut where it is too long: never within a character or a colour code. */
export class LogBuffer {
  readonly bytes = new Uint8Array(maxLineBytes + cutMark.length + 4);
  length = 0;
  /** Text was left out at the end. */
  cut = false;

  reset(): void {
    this.length = 0;
    this.cut = false;
  }

  /** Whether a person sees anything: colour codes alone are no text. */
  hasText(): boolean {
    let at = 0;
    while (at < this.length && this.bytes[at] === 0x1b) at = this.bytes.indexOf(0x6d, at) + 1;
    return at < this.length;
  }

  add(codePoint: number): void {
    if (codePoint < 0x80) this.addByte(codePoint);
    else this.addEncoded(codePoint);
  }

  /** A colour code, or what else is ASCII and must stay whole. */
  addSequence(ascii: string): void {
    if (!this.makeRoom(ascii.length)) return;
    for (let index = 0; index < ascii.length; index++)
      this.bytes[this.length++] = ascii.charCodeAt(index);
  }

  addCharacters(text: string): void {
    for (const character of text) this.add(character.codePointAt(0)!);
  }

  /** What there is so far: colour codes, and the text between them. */
  parts(): string[] {
    const text = new TextDecoder().decode(this.bytes.subarray(0, this.length));
    return text.match(/\x1b\[[0-9;:]*m|[^\x1b]+/g) ?? [];
  }

  /** Says that the line was cut. A colour ends with what it coloured. */
  addCutMark(): void {
    const hasColour = this.bytes.subarray(0, this.length).includes(0x1b);
    const mark = hasColour ? `\x1b[0m${cutMark}` : cutMark;
    for (let index = 0; index < mark.length; index++)
      this.bytes[this.length++] = mark.charCodeAt(index);
  }

  private addByte(byte: number): void {
    if (this.makeRoom(1)) this.bytes[this.length++] = byte;
  }

  private addEncoded(codePoint: number): void {
    const size = codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
    if (!this.makeRoom(size)) return;
    for (let index = size - 1, rest = codePoint; index > 0; index--, rest >>= 6)
      this.bytes[this.length + index] = 0x80 | (rest & 0x3f);
    this.bytes[this.length] = leadBits[size]! | (codePoint >> (6 * (size - 1)));
    this.length += size;
  }

  private makeRoom(size: number): boolean {
    if (this.length + size > maxLineBytes) this.cut = true;
    return !this.cut;
  }
}
