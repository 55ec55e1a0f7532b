/** The style of text without any colour code before it. */
export const noStyle = 0;

const mostStyles = 1024;
/** Codes that add up beyond this, in characters, are cut to the last one: it is what counts most. */
const longestStyle = 256;

/** Colours and attributes as numbers: each stands for the SGR sequences since the last reset. */
export class LogStyles {
  private texts = [""];
  /** For each style, where a sequence leads. */
  private next: Map<string, number>[] = [new Map()];

  /** No more can be told apart before `compact`. */
  get isFull(): boolean {
    return this.texts.length >= mostStyles;
  }

  text(style: number): string {
    return this.texts[style]!;
  }

  /** The style that `sequence`, a whole SGR sequence, makes of another. */
  after(style: number, sequence: string): number {
    const known = this.next[style]!.get(sequence);
    if (known !== undefined) return known;
    const made = this.numberOf(textAfter(this.text(style), sequence));
    this.next[style]!.set(sequence, made);
    return made;
  }

  /** The sequences that lead from one style to another. */
  change(from: number, to: number): string {
    const [before, after] = [this.text(from), this.text(to)];
    return after.startsWith(before) ? after.slice(before.length) : `\x1b[0m${after}`;
  }

  /** Forgets all styles but those that the returned function is asked for; it gives their new numbers. */
  compact(): (style: number) => number {
    const old = this.texts;
    this.texts = [""];
    this.next = [new Map()];
    return (style) => this.numberOf(old[style]!);
  }

  private numberOf(text: string): number {
    const known = this.texts.indexOf(text);
    if (known >= 0) return known;
    this.next.push(new Map());
    return this.texts.push(text) - 1;
  }
}

function textAfter(style: string, sequence: string): string {
  if (/^\x1b\[0*m$/.test(sequence)) return "";
  if (/^\x1b\[0*;/.test(sequence) || style.length > longestStyle) return sequence;
  return style.endsWith(sequence) ? style : style + sequence;
}
