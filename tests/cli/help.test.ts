import { expect, test } from "bun:test";
import { renderUsage } from "citty";
import {
  allCommands,
  commandLine,
  findCommand,
  globalArgs,
  groups,
} from "../../src/cli/command-table.ts";
import { splitLine } from "../../src/cli/completion/shell-words.ts";
import { flagsOf, readFlags } from "../../src/cli/flags.ts";
import { commandHelp, treeHelp } from "../../src/cli/help.ts";
import { operandsOf, readOperands } from "../../src/cli/operands.ts";
import { isFailure } from "../../src/domain/failure.ts";

const PLAIN = { colour: false };
const taskmux = commandLine();
const commands = allCommands();
const every = commands.map((command) => [command.meta.name, command] as const);

test("the help of all tells of every command, in its group, and of the flags of every command", () => {
  const lines = treeHelp(taskmux, PLAIN);
  let place = 0;
  for (const { title, commands } of groups) {
    place = lines.indexOf(`${title}:`, place);
    expect(place).toBeGreaterThan(0);
    for (const { meta } of commands) {
      const name = [meta.name, ...(meta.alias ?? [])].join(", ");
      place = lines.findIndex((line, at) => at > place && line.startsWith(`  ${name} `));
      expect(place, name).toBeGreaterThan(0);
    }
  }
  for (const name of flagsOf(globalArgs).keys()) {
    expect(lines.slice(place).join("\n")).toContain(`--${name}`);
  }
});

test.each(groups.map((group) => [group.title, group] as const))(
  "the names of the group %s are those of its commands, and each finds its command",
  (_title, { names, commands }) => {
    const own = commands.flatMap(({ meta: { name, alias = [] } }) => [name, ...alias]);
    expect(names).toEqual(own);
    for (const name of own) expect(commands).toContain(findCommand(name)!);
  },
);

test.each(every)(
  "the help of %s tells of its arguments and of what holds without them",
  (_, command) => {
    const text = commandHelp(command, taskmux, PLAIN).join("\n").replace(/\s+/g, " ");
    for (const { operand } of operandsOf(command)) {
      expect(text).toContain(`${operand.valueHint} ${operand.description}`);
    }
    for (const [name, flag] of flagsOf({ ...command.args, ...globalArgs })) {
      const value = flag.type === "boolean" ? "" : ` ${flag.valueHint}`;
      const usual = flag.default === undefined ? "" : ` (default: ${flag.default})`;
      expect(text).toContain(`--${name}${value} ${flag.description}${usual}`);
      const other = flag.type === "boolean" ? undefined : flag.synonym;
      if (other !== undefined) expect(text).toContain(`also -${other.alias}, --${other.name}`);
    }
    expect(text).toContain(command.meta.example);
  },
);

test.each(every)("the example of %s is a line that it takes", (name, command) => {
  const line = command.meta.example.replace(/^source <\((.*)\)$/, "$1");
  const [program, ...argv] = splitLine(`${line} `).before;
  const read = readFlags(argv, flagsOf({ ...globalArgs, ...command.args }));
  if (isFailure(read)) throw new Error(read.message);
  expect([program, read.words[0]]).toEqual(["taskmux", name]);
  const dashesAt = read.dashesAt === null ? null : read.dashesAt - 1;
  expect(readOperands(command, read.words.slice(1), dashesAt)).toBeInstanceOf(Map);
});

test("no line of any help is wider than 80 columns, and colour comes only where it is wanted", () => {
  const helps = (view: { colour: boolean }) => [
    ...treeHelp(taskmux, view),
    ...commands.flatMap((command) => commandHelp(command, taskmux, view)),
  ];
  expect(helps(PLAIN).filter((line) => line.length > 80)).toEqual([]);
  expect(helps(PLAIN).join("")).not.toContain("\u001b");
  expect(helps({ colour: true }).map((line) => Bun.stripANSI(line))).toEqual(helps(PLAIN));
});

test("citty understands the tree", async () => {
  const usage = Bun.stripANSI(await renderUsage(taskmux));
  for (const { meta } of commands) expect(usage).toContain(meta.description);
});
