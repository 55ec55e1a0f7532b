import { paint, type View } from "./style.ts";

/** Longer lines are hard to read, however wide the terminal is. */
const WIDEST = 100;

type Page = Pick<View, "width" | "colour">;

/** A page of the manual for a terminal: paragraphs are wrapped, tables become lists, headings are bold. */
export function manualLines(markdown: string, view: Page): string[] {
  const width = Math.max(20, Math.min(view.width, WIDEST));
  const lines: string[] = [];
  let isCode = false;
  let heads: string[] = [];
  for (const line of markdown.trimEnd().split("\n")) {
    if (line.startsWith("```")) isCode = !isCode;
    else if (isCode) lines.push(`    ${line}`);
    else if (line.startsWith("|")) {
      const cells = cellsOf(line);
      if (heads.length === 0) heads = cells;
      else if (!isRule(cells)) lines.push(...rowLines(cells, heads, { ...view, width }));
      continue;
    } else lines.push(...textLines(line, { ...view, width }));
    heads = [];
  }
  return lines;
}

/** The cells of a table's row; a `|` in one is escaped. */
const cellsOf = (row: string): string[] =>
  row
    .replace(/^\|/, "")
    .replace(/\|\s*$/, "")
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll("\\|", "|"));

const isRule = (cells: readonly string[]): boolean => cells.every((cell) => /^:?-+:?$/.test(cell));

/** A row as an entry of a list: its first cell, and below it the others, with their headings where there are several. */
function rowLines([first = "", ...rest]: string[], [, ...heads]: string[], view: Page): string[] {
  const named = rest.map((cell, index) => {
    const head = rest.length > 1 ? (heads[index] ?? "") : "";
    return cell === "" ? "" : head === "" ? cell : `${head}: ${cell}`;
  });
  const below = named
    .filter((cell) => cell !== "")
    .flatMap((cell) => wrapped(plain(cell), view.width, "    "));
  return [
    ...wrapped(plain(first), view.width, "  ").map((line) => paint(line, "bold", view)),
    ...below,
  ];
}

function textLines(line: string, view: Page): string[] {
  if (line.startsWith("<!--")) return [];
  if (/^#+ /.test(line)) return [paint(plain(line), "bold", view)];
  const [, mark = ""] = /^(\s*(?:[-*]|\d+\.) +)/.exec(line) ?? [];
  const [first = "", ...more] = wrapped(
    plain(line.slice(mark.length)),
    view.width,
    " ".repeat(mark.length),
  );
  return [mark + first.trimStart(), ...more];
}

/** Text without the marks of links and of bold; addresses of other pages are left out. */
const plain = (text: string): string =>
  text
    .replaceAll(/!?\[([^\]]*)\]\((https?:[^)]*)\)/g, "$1 <$2>")
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replaceAll(/\*\*([^*]+)\*\*/g, "$1");

/** Breaks a text at its blanks; each line begins with `indent`. */
function wrapped(text: string, width: number, indent: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && indent.length + Bun.stringWidth(longer) > width) {
      lines.push(indent + line);
      line = word;
    } else line = longer;
  }
  return [...lines, text === "" ? "" : indent + line];
}
