/** A shell line up to the cursor, split: the words before the one at the cursor, and the start of that one. */
export interface SplitLine {
  before: string[];
  current: string;
}

const BLANK = /[ \t\n]/;

/**
 * Splits a line at blanks and removes quotes and backslashes, as bash does; a quote may still be open. Expands nothing: a
 * `$` stays.
 */
export function splitLine(line: string): SplitLine {
  const before: string[] = [];
  let word: string | null = null;
  for (let at = 0; at < line.length;) {
    const letter = line[at]!;
    if (BLANK.test(letter)) {
      if (word !== null) before.push(word);
      word = null;
      at++;
    } else {
      const { text, length } = partAt(line, at);
      word = (word ?? "") + text;
      at += length;
    }
  }
  return { before, current: word ?? "" };
}

/** The part of a word at an offset: a quoted string, or a character. */
function partAt(line: string, at: number): { text: string; length: number } {
  const letter = line[at]!;
  if (letter === "\\") return { text: line[at + 1] ?? "", length: 2 };
  if (letter !== "'" && letter !== '"') return { text: letter, length: 1 };
  const end = endOfQuote(line, at);
  const inside = line.slice(at + 1, end);
  const text = letter === '"' ? inside.replace(/\\([\\"$`])/g, "$1") : inside;
  return { text, length: end + 1 - at };
}

/** The offset of the closing quote, or the end of the line. */
function endOfQuote(line: string, at: number): number {
  const quote = line[at];
  for (let end = at + 1; end < line.length; end++) {
    if (quote === '"' && line[end] === "\\") end++;
    else if (line[end] === quote) return end;
  }
  return line.length;
}
