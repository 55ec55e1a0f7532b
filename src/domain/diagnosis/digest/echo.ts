/** `12 | code`, `> 12 | code`, `  |    ^`, `│`, and TypeScript's `12   code`: source with its line number. */
const GUTTER = /^\s*(?:>\s*)?(?:\d+\s*[|│]|\d+ {2,}\S|[|│·:](?:\s|$))/;

/** `    ^^^^`, `   ~~~~^^~~`. */
const CARET = /^\s*(?:[|│:·]\s*)?[\^~]+\s*$/;

/** Whether a line shows source with a line number in front of it. */
export const isGutter = (line: string): boolean => GUTTER.test(line);

/** Whether a line only points at a place in the line before it. */
export const isCaret = (line: string): boolean => CARET.test(line);

/**
 * Which lines of a block only show source: those with a line number, pytest's `>`, a caret, and what it points at. They
 * often contain the words of an error message, but are none.
 */
export function echoOf(lines: readonly string[]): boolean[] {
  return lines.map((line, index) => {
    if (isGutter(line) || isCaret(line) || /^> {2,}/.test(line)) return true;
    const next = lines[index + 1];
    return index > 0 && next !== undefined && isCaret(next);
  });
}
