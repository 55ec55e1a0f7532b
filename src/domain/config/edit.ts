import type { WrittenTask } from "./config.ts";
import { withElement, withoutElement } from "../toml/inline.ts";
import { type TomlLine, linesOf } from "../toml/lines.ts";
import { inlineTable, tomlKey, type TomlValue, tomlValue } from "../toml/write.ts";

// Edits the text of a config in place: everything that isn't about the task stays byte for byte.

/** The fields that a new task can have, in the order in which they are written. */
export type NewTask = Pick<
  WrittenTask,
  "command" | "cwd" | "port" | "health_check" | "depends_on" | "auto_start" | "env"
>;

const ORDER = [
  "command",
  "cwd",
  "port",
  "health_check",
  "depends_on",
  "auto_start",
  "env",
] as const satisfies (keyof NewTask)[];

/**
 * The text of a valid config with one more task: a `[tasks.NAME]` block at the end, before trailing blank lines. If `tasks`
 * is an inline table, which no header can extend, the task is added inside it. The config must not have a task of this
 * name.
 */
export function addTask(text: string, name: string, task: NewTask): string {
  const lines = linesOf(text);
  const inline = lines.find(isInline);
  if (inline === undefined) return withBlock(text, blockOf(name, task));
  const element = `${tomlKey(name)} = ${inlineTable(fieldsOf(task))}`;
  return lines
    .map((line) => (line === inline ? withElement(line.text, element) : line.text))
    .join("");
}

const fieldsOf = (task: NewTask): [name: string, value: TomlValue][] =>
  ORDER.flatMap((field) => {
    const value = task[field];
    return value === undefined ? [] : [[field, value]];
  });

const blockOf = (name: string, task: NewTask): string[] => [
  `[tasks.${tomlKey(name)}]`,
  ...fieldsOf(task).map(([field, value]) => `${field} = ${tomlValue(value)}`),
];

/** `tasks = { ... }` */
const isInline = ({ kind, path }: TomlLine): boolean =>
  kind === "pair" && path.length === 1 && path[0] === "tasks";

/** Appends a block; a file without a final newline stays without one. */
function withBlock(text: string, block: string[]): string {
  const ending = /\r?\n/.exec(text)?.[0] ?? "\n";
  const at = contentEnd(text);
  const isLineEnd = at === 0 || text[at - 1] === "\n";
  const lines = text.slice(0, at).trim() === "" ? block : ["", ...block];
  const put = isLineEnd
    ? lines.map((line) => line + ending).join("")
    : lines.map((line) => ending + line).join("");
  return text.slice(0, at) + put + text.slice(at);
}

/** The end of the last line that isn't blank, its line ending included; the end of the text if all are blank. */
function contentEnd(text: string): number {
  let last = text.length;
  while (last > 0 && " \t\r\n".includes(text[last - 1] ?? "")) last--;
  const ending = text.indexOf("\n", last);
  return last === 0 || ending < 0 ? text.length : ending + 1;
}

/**
 * The text of a valid config without a task, wherever its parts are: its blocks, its lines below `[tasks]`, its dotted
 * keys. Removed with them are:
 * - the comment directly above: above a block only if a blank line separates it from what precedes, and never at the
 *   file's start or above a `#:schema` line;
 * - the comment directly below a block's last line, unless something follows it directly;
 * - one of two blank lines that would be adjacent.
 */
export function removeTask(text: string, name: string): string {
  const lines = linesOf(text).map((line) =>
    isInline(line) ? { ...line, text: withoutElement(line.text, name) } : line,
  );
  const gone = new Set(
    groupsOf(lines, name).flatMap((group) => indexes(widened(lines, group, name))),
  );
  const kept = lines.filter((_, index) => !gone.has(index)).map((line) => line.text);
  const tail = gone.has(lines.length - 1) && !text.endsWith("\n") ? kept.pop() : undefined;
  return kept.join("") + (tail ?? "").replace(/\r?\n$/, "");
}

/** The first and last of consecutive lines. */
type LineRange = [first: number, last: number];

const indexes = ([first, last]: LineRange): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

const isOf = (path: readonly string[], name: string): boolean =>
  path[0] === "tasks" && path[1] === name;

/** The task's statements, grouped: only comments and blank lines lie within a group. */
function groupsOf(lines: TomlLine[], name: string): LineRange[] {
  const groups: LineRange[] = [];
  let open: LineRange | null = null;
  for (const [index, { kind, path }] of lines.entries()) {
    if (kind === "blank" || kind === "comment") continue;
    if (!isOf(path, name)) open = null;
    else if (open) open[1] = index;
    else groups.push((open = [index, index]));
  }
  return groups;
}

function widened(lines: TomlLine[], [first, last]: LineRange, name: string): LineRange {
  const span: LineRange = [commentsAbove(lines, first), commentsBelow(lines, last, name)];
  return withBlank(lines, span);
}

const isNoLine = (line: TomlLine | undefined): boolean =>
  line === undefined || line.kind === "blank";

function commentsAbove(lines: TomlLine[], first: number): number {
  let top = first;
  while (lines[top - 1]?.kind === "comment") top--;
  const above = lines[top - 1];
  const speaksOfFile =
    above === undefined || lines.slice(top, first).some(({ text }) => /^\s*#:/.test(text));
  if (speaksOfFile) return first;
  return lines[first]?.kind === "pair" || above.kind === "blank" ? top : first;
}

function commentsBelow(lines: TomlLine[], last: number, name: string): number {
  let bottom = last;
  while (lines[bottom + 1]?.kind === "comment") bottom++;
  const isInBlock = isOf(lines[last]?.table ?? [], name);
  return isInBlock && isNoLine(lines[bottom + 1]) ? bottom : last;
}

function withBlank(lines: TomlLine[], [first, last]: LineRange): LineRange {
  const hasText = (some: TomlLine[]): boolean => some.some(({ kind }) => kind !== "blank");
  const isFirst = !hasText(lines.slice(0, first));
  if (isFirst) {
    const isBlankBetween = lines[last + 1]?.kind === "blank" && hasText(lines.slice(last + 1));
    return [first, isBlankBetween ? last + 1 : last];
  }
  const isBlankBetween = lines[first - 1]?.kind === "blank" && isNoLine(lines[last + 1]);
  return [isBlankBetween ? first - 1 : first, last];
}
