/** The pattern of `-g`, matched without regard to case, in text without colours. */
export interface LogPattern {
  matches(text: string): boolean;
  /** Lower-case ASCII that every match contains, in any case: a fast search for it skips most lines. "": none known. */
  readonly literal: string;
}

/** Makes a pattern from a literal text or a JavaScript regular expression. The error is the engine's message. */
export function logPattern(text: string, isRegex: boolean): LogPattern | { error: string } {
  try {
    const tester = new RegExp(isRegex ? text : RegExp.escape(text), "i");
    const literal = isRegex ? requiredLiteral(text) : longestAscii(text);
    return { matches: (line) => tester.test(line), literal: literal.toLowerCase() };
  } catch (error) {
    return { error: (error as Error).message.replace("Invalid regular expression: ", "") };
  }
}

function longestAscii(text: string): string {
  return longest(text.match(/[\x20-\x7e\t]+/g) ?? []);
}

const longest = (runs: readonly string[]): string =>
  runs.reduce((best, run) => (run.length > best.length ? run : best), "");

/**
 * The longest plain text that every match of a regular expression contains, or "": a run outside of groups and classes, in
 * an expression without alternatives. Constructs that this parser doesn't know count as not contained.
 */
export function requiredLiteral(source: string): string {
  const runs: string[] = [""];
  const open = (): number => runs.push("");
  const tokens = /\\[xuckpP0-9]|\\.|\[(?:\\.|[^\]\\])*\]|\{[^}]*\}?|[^]/gsu;
  let depth = 0;
  for (const [token] of source.matchAll(tokens)) {
    if (/^\\[xuckpP0-9]/.test(token) || token === "[" || token === "\\") return "";
    if (token === "(") depth++;
    else if (token === ")") depth--;
    if (token === "|" && depth === 0) return "";
    if (depth > 0) open();
    else if (/^[*?{]/.test(token)) {
      runs.push(runs.pop()!.slice(0, -1));
      open();
    } else if (/^[\x20-\x7e]$/.test(token) && !/^[.^$+()|]$/.test(token))
      runs.push(runs.pop()! + token);
    else if (/^\\[^A-Za-z0-9]$/.test(token) && token.charCodeAt(1) < 0x7f)
      runs.push(runs.pop()! + token[1]);
    else open();
  }
  return longest(runs);
}
