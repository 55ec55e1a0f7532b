/** A part of a line in one style; `classes` are those of page.css. */
export interface TextSpan {
  text: string;
  classes: string[];
  /** Whether it matches the search. */
  match: boolean;
}

interface Style {
  /** A terminal colour, 0 to 15. */
  fg: number | null;
  bg: number | null;
  marks: Set<string>;
}

const SGR_SEQUENCE = /\x1b\[([0-9;:]*)m/g;

/** A log line as spans: colour codes become classes, all other control sequences are only shown. */
export function logSpans(text: string): TextSpan[] {
  const style: Style = { fg: null, bg: null, marks: new Set() };
  const spans: TextSpan[] = [];
  let from = 0;
  for (const match of text.matchAll(SGR_SEQUENCE)) {
    add(text.slice(from, match.index));
    applySgr(style, match[1]!);
    from = match.index + match[0].length;
  }
  add(text.slice(from));
  return spans;

  function add(part: string): void {
    if (part !== "") spans.push({ text: visible(part), classes: classesOf(style), match: false });
  }
}

/** The text of a line without colours, as `logSpans` shows it. */
export const plainText = (text: string): string => visible(text.replace(SGR_SEQUENCE, ""));

/** Control characters as `cat -v` writes them: visible, without effect. */
const visible = (text: string): string =>
  text.replace(/[\x00-\x08\x0a-\x1f\x7f-\x9f]/g, (char) => {
    const code = char.charCodeAt(0);
    return code < 0x80 ? `^${String.fromCharCode(code ^ 0x40)}` : "\ufffd";
  });

const MARKS: Record<number, string> = {
  1: "bold",
  2: "dim",
  3: "italic",
  4: "underline",
  7: "inverse",
  9: "struck",
};
const ENDS: Record<number, string[]> = {
  22: ["bold", "dim"],
  23: ["italic"],
  24: ["underline"],
  27: ["inverse"],
  29: ["struck"],
};

/** Applies the parameters of an SGR sequence; unknown ones are ignored. */
function applySgr(style: Style, parameters: string): void {
  const codes = parameters.split(/[;:]/).map(Number);
  while (codes.length > 0) {
    const code = codes.shift()!;
    if (code === 0) reset(style);
    else if (code === 38 || code === 48) style[code === 38 ? "fg" : "bg"] = chosen(codes);
    else if (code === 39) style.fg = null;
    else if (code === 49) style.bg = null;
    else if (MARKS[code]) style.marks.add(MARKS[code]);
    else if (ENDS[code]) for (const mark of ENDS[code]) style.marks.delete(mark);
    else plainColour(style, code);
  }
}

function reset(style: Style): void {
  style.fg = style.bg = null;
  style.marks.clear();
}

function plainColour(style: Style, code: number): void {
  const [tens, colour] = [Math.floor(code / 10), code % 10];
  if (colour > 7) return;
  if (tens === 3 || tens === 9) style.fg = colour + (tens === 9 ? 8 : 0);
  if (tens === 4 || tens === 10) style.bg = colour + (tens === 10 ? 8 : 0);
}

/** The colour after a 38 or 48: `5;N` or `2;R;G;B`. */
function chosen(codes: number[]): number | null {
  const form = codes.shift();
  if (form === 5) return ofPalette(codes.shift() ?? 0);
  if (form !== 2) return null;
  const [r = 0, g = 0, b = 0] = codes.splice(0, 3);
  return nearest(r, g, b);
}

/** Maps a colour of 256 to one of 16, which the page defines so that each is readable on its background. */
function ofPalette(index: number): number {
  if (index < 16) return index;
  if (index >= 232) return grey((index - 232) / 23);
  const cube = index - 16;
  const level = (step: number) => (step % 6) * 51;
  return nearest(level(Math.floor(cube / 36)), level(Math.floor(cube / 6)), level(cube));
}

const grey = (light: number): number => [0, 8, 7, 15][Math.min(3, Math.floor(light * 4))]!;

/** Finds a colour by hue: a channel counts if it has more than half of the strongest one. */
function nearest(r: number, g: number, b: number): number {
  const most = Math.max(r, g, b);
  if (most - Math.min(r, g, b) < 32) return grey(most / 255);
  const bit = (channel: number, value: number) => (channel * 2 > most ? value : 0);
  return bit(r, 1) + bit(g, 2) + bit(b, 4) + (most > 200 ? 8 : 0);
}

function classesOf({ fg, bg, marks }: Style): string[] {
  return [...(fg === null ? [] : [`fg-${fg}`]), ...(bg === null ? [] : [`bg-${bg}`]), ...marks];
}

/** An expression that finds a text in any letter case; null for an empty one. */
export const searchFor = (words: string): RegExp | null =>
  words === "" ? null : new RegExp(words.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"), "giu");

/** Maximum number of highlighted matches in a line; more would slow down the browser. */
const MOST_MATCHES = 200;

/** The spans, split where matches begin and end. */
export function withMatches(spans: TextSpan[], search: RegExp): TextSpan[] {
  const text = spans.map((span) => span.text).join("");
  const bounds: [number, number][] = [];
  for (const match of text.matchAll(search)) {
    if (bounds.push([match.index, match.index + match[0].length]) === MOST_MATCHES) break;
  }
  let at = 0;
  return spans.flatMap((span) => {
    const start = at;
    at += span.text.length;
    return cut(span, start, bounds);
  });
}

/** Splits a span that begins at `start` of its line, so that each piece matches fully or not at all. */
function cut(span: TextSpan, start: number, bounds: [number, number][]): TextSpan[] {
  const pieces: TextSpan[] = [];
  let from = start;
  const end = start + span.text.length;
  const upTo = (to: number, match: boolean) => {
    if (to > from) pieces.push({ ...span, text: span.text.slice(from - start, to - start), match });
    from = Math.max(from, to);
  };
  for (const [first, last] of bounds) {
    if (last <= start || first >= end) continue;
    upTo(Math.min(first, end), false);
    upTo(Math.min(last, end), true);
  }
  upTo(end, false);
  return pieces;
}
