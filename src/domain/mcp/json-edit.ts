/** A word of a JSON text, with its place in it. */
interface Token {
  text: string;
  start: number;
  end: number;
}

/** A member of an object: its key, and the places of its first and last token. */
interface Member {
  key: string;
  first: Token;
  value: number;
  last: number;
}

/** Blanks and comments have no group. */
const TOKENS =
  /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/|("(?:[^"\\\n]|\\.)*"|[{}[\],:]|[^\s{}[\],:"/]+)|(.)/g;

const BYTE_ORDER_MARK = "\u00EF\u00BB\u00BF";

/**
 * A JSON text (one character per byte; it parses) with a member added to the object at `path`, which is made where it is
 * missing. The rest stays byte for byte. Null if something on the path is no object.
 */
export function withMember(
  text: string,
  path: readonly string[],
  name: string,
  value: unknown,
): string | null {
  const mark = text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : "";
  const edited = edit(text.slice(mark.length), path, name, value);
  return edited === null ? null : mark + edited;
}

function edit(text: string, path: readonly string[], name: string, value: unknown): string | null {
  const tokens = tokensOf(text);
  let open = 0;
  for (const [index, key] of path.entries()) {
    const member = membersOf(tokens, open)?.findLast((one) => one.key === key);
    if (member === undefined) {
      const inner = [...path.slice(index + 1), name].reduceRight<unknown>(
        (inside, each) => ({ [each]: inside }),
        value,
      );
      return inserted(text, tokens, open, key, inner);
    }
    open = member.value;
  }
  return inserted(text, tokens, open, name, value);
}

function tokensOf(text: string): Token[] {
  return [...text.matchAll(TOKENS)].flatMap(({ 1: word, 2: stray, index }) => {
    const found = word ?? stray;
    return found === undefined ? [] : [{ text: found, start: index, end: index + found.length }];
  });
}

/** The text without comments and without commas at the end of lists, as JSON has it. */
export const withoutComments = (text: string): string => {
  const tokens = tokensOf(text);
  const isEnd = (word: string | undefined) => word === "}" || word === "]";
  return tokens
    .filter((token, index) => token.text !== "," || !isEnd(tokens[index + 1]?.text))
    .map((token) => token.text)
    .join(" ");
};

/** The members of the object that opens at a token; null if none does. */
function membersOf(tokens: readonly Token[], open: number): Member[] | null {
  if (tokens[open]?.text !== "{") return null;
  const members: Member[] = [];
  for (let at = open + 1; at < tokens.length && tokens[at]!.text !== "}";) {
    const last = endOfValue(tokens, at + 2);
    const first = tokens[at]!;
    members.push({ key: JSON.parse(first.text) as string, first, value: at + 2, last });
    at = tokens[last + 1]?.text === "," ? last + 2 : last + 1;
  }
  return members;
}

/** The last token of the value that begins at a token. */
function endOfValue(tokens: readonly Token[], from: number): number {
  let depth = 0;
  for (let at = from; at < tokens.length; at++) {
    const { text } = tokens[at]!;
    if (text === "{" || text === "[") depth++;
    if (text === "}" || text === "]") depth--;
    if (depth === 0) return at;
  }
  return tokens.length - 1;
}

function inserted(
  text: string,
  tokens: readonly Token[],
  open: number,
  key: string,
  value: unknown,
): string | null {
  const members = membersOf(tokens, open);
  if (members === null) return null;
  const lineEnd = text.includes("\r\n") ? "\r\n" : "\n";
  const outer = indentAt(text, tokens[open]!.start);
  const unit = indentAt(text, tokens[1]?.start ?? 0) || "  ";
  const last = members.at(-1);
  const own = last === undefined ? "" : indentAt(text, last.first.start);
  const indent = own.length > outer.length ? own : outer + unit;
  const shown = JSON.stringify(value, null, unit).split("\n").join(`${lineEnd}${indent}`);
  const member = `${lineEnd}${indent}${JSON.stringify(key)}: ${shown}`;
  if (last === undefined) {
    const { end } = tokens[open]!;
    const rest = text.slice(end);
    return `${text.slice(0, end)}${member}${/^[ \t]*\}/.test(rest) ? `${lineEnd}${outer}` : ""}${rest}`;
  }
  const next = tokens[last.last + 1];
  const isCommaThere = next?.text === ",";
  const place = isCommaThere ? next.end : tokens[last.last]!.end;
  return `${text.slice(0, place)}${isCommaThere ? "" : ","}${member}${text.slice(place)}`;
}

/** The blanks at the beginning of the line that holds a place. */
function indentAt(text: string, place: number): string {
  const start = text.lastIndexOf("\n", place - 1) + 1;
  return /^[ \t]*/.exec(text.slice(start, place))?.[0] ?? "";
}
