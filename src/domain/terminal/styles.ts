/** The style of text without any colour code before it. */
export const NO_STYLE = 0;

const MOST_STYLES = 1024;
/** Longer styles, in characters, are reduced to their last code, which matters most. */
const LONGEST_STYLE = 256;

/** Numbers for text styles: each means the SGR sequences since the last reset. */
export class LogStyles {
  #texts = [""];
  /** For each style, the style after a sequence. */
  #next: Map<string, number>[] = [new Map()];

  /** No new style fits before `compact`. */
  get isFull(): boolean {
    return this.#texts.length >= MOST_STYLES;
  }

  text(style: number): string {
    return this.#texts[style]!;
  }

  /** The style after `sequence`, a whole SGR sequence. */
  after(style: number, sequence: string): number {
    const known = this.#next[style]!.get(sequence);
    if (known !== undefined) return known;
    const made = this.#numberOf(textAfter(this.text(style), sequence));
    this.#next[style]!.set(sequence, made);
    return made;
  }

  /** The sequences that change one style into another. */
  change(from: number, to: number): string {
    const [before, after] = [this.text(from), this.text(to)];
    return after.startsWith(before) ? after.slice(before.length) : `\x1b[0m${after}`;
  }

  /** Forgets all styles except those passed to the returned function, which returns their new numbers. */
  compact(): (style: number) => number {
    const old = this.#texts;
    this.#texts = [""];
    this.#next = [new Map()];
    return (style) => this.#numberOf(old[style]!);
  }

  #numberOf(text: string): number {
    const known = this.#texts.indexOf(text);
    if (known >= 0) return known;
    this.#next.push(new Map());
    return this.#texts.push(text) - 1;
  }
}

function textAfter(style: string, sequence: string): string {
  if (/^\x1b\[0*m$/.test(sequence)) return "";
  if (/^\x1b\[0*;/.test(sequence) || style.length > LONGEST_STYLE) return sequence;
  return style.endsWith(sequence) ? style : style + sequence;
}
