import type { Flag } from "./arguments.ts";
import type { Command, CommandTree } from "./command.ts";
import { flagsOf } from "./flags.ts";
import { operandsOf, usageLine } from "./operands.ts";
import { paint, type View } from "./render/style.ts";

/** Columns of the help, wherever it is shown. */
const WIDTH = 80;
/** Columns for names; the description of a longer name is on the next line. */
const NAMES = 24;

/** A name, and what is said of it. */
type Entry = readonly [name: string, description: string];
type Colours = Pick<View, "colour">;

/** The help of all commands, as lines. */
export function treeHelp({ meta, args, groups }: CommandTree, view: Colours): string[] {
  return [
    `${meta.description}.`,
    ...section("Usage", [["taskmux COMMAND [FLAGS]", ""]], view),
    ...groups.flatMap(({ title, commands }) => section(title, commands.map(entryOf), view)),
    ...section("Flags of every command", flagEntries(args), view),
    ...section("Help of a command", [["taskmux COMMAND --help", ""]], view),
  ];
}

const entryOf = ({ meta: { name, alias = [], description } }: Command): Entry => [
  [name, ...alias].join(", "),
  description,
];

/** The help of one command, as lines. */
export function commandHelp(command: Command, { args }: CommandTree, view: Colours): string[] {
  const { description, example, alias = [] } = command.meta;
  const operands = operandsOf(command).map(({ operand }): Entry => [
    operand.valueHint,
    operand.description,
  ]);
  return [
    ...wrapped(`${description}.`, WIDTH),
    ...section("Usage", [[usageLine(command, "[FLAGS]"), ""]], view),
    ...section("Also called", alias.length === 0 ? [] : [[alias.join(", "), ""]], view),
    ...section("Arguments", operands, view),
    ...section("Flags", flagEntries(command.args), view),
    ...section("Flags of every command", flagEntries(args), view),
    ...section("Example", [[example, ""]], view),
  ];
}

const flagEntries = (args: Command["args"]): Entry[] =>
  [...flagsOf(args)].map(([name, flag]) => [flagText(name, flag), flagDescription(flag)]);

/** As it is typed: `-n, --lines COUNT`. */
const flagText = (name: string, flag: Flag): string => {
  const short = flag.alias === undefined ? "    " : `-${flag.alias}, `;
  return `${short}--${name}${flag.type === "boolean" ? "" : ` ${flag.valueHint}`}`;
};

/** The description of a flag, its default and its other name. */
export function flagDescription(flag: Flag): string {
  const { description, default: usual } = flag;
  const synonym = flag.type === "boolean" ? undefined : flag.synonym;
  return [
    usual === undefined ? description : `${description} (default: ${usual})`,
    ...(synonym === undefined ? [] : [`also -${synonym.alias}, --${synonym.name}`]),
  ].join(", ");
}

function section(title: string, entries: readonly Entry[], view: Colours): string[] {
  if (entries.length === 0) return [];
  const width = Math.min(NAMES, Math.max(...entries.map(([name]) => name.length)));
  return [
    "",
    paint(`${title}:`, "bold", view),
    ...entries.flatMap((entry) => entryLines(entry, width, view)),
  ];
}

function entryLines([name, description]: Entry, width: number, view: Colours): string[] {
  const before = " ".repeat(width + 4);
  const lines = wrapped(description, WIDTH - before.length);
  const shown = `  ${paint(name, "cyan", view)}`;
  if (name.length > width || description === "")
    return [shown, ...lines.filter(Boolean).map((line) => before + line)];
  const [first = "", ...more] = lines;
  return [
    `${shown}${" ".repeat(width - name.length + 2)}${first}`,
    ...more.map((line) => before + line),
  ];
}

/** Breaks a text at its blanks into lines of at most `columns`. */
function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
