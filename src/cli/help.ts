import { type ArgsDef, type CommandDef, defineCommand, renderUsage } from "citty";
import { type Command, commands, globalFlags } from "./commands.ts";
import type { Flag } from "./flags.ts";

/** The command tree as citty knows it, made from the one table. */
export function commandTree(): CommandDef {
  const subCommands = Object.fromEntries(
    commands.map((command) => [command.name, asCitty(command)]),
  );
  return defineCommand({
    meta: { name: "taskmux", description: "Runs a project's long-lived processes in tmux" },
    args: cittyArguments(globalFlags),
    subCommands,
  });
}

function asCitty(command: Command): CommandDef {
  const { name, aliases = [], summary, flags, arity, operand = "TASK" } = command;
  const required = arity === "one" || arity === "two" || arity === "some";
  const operands = arity === "none" ? [] : operand.split(" ");
  const words: ArgsDef = Object.fromEntries(
    operands.map((word) => [
      word,
      { type: "positional", required, description: manyOf(command) } as const,
    ]),
  );
  return defineCommand({
    meta: { name, description: summary, alias: aliases },
    args: { ...words, ...cittyArguments([...flags, ...globalFlags]) },
  });
}

const manyOf = ({ arity }: Command): string =>
  arity === "any"
    ? "any number of names; none: all"
    : arity === "some"
      ? "one or more names"
      : arity === "two"
        ? "one word, in quotes if need be"
        : "a name";

function cittyArguments(flags: Flag[]): ArgsDef {
  const entries = flags.map(({ name, short, kind, value, summary }) => {
    const common = { description: summary, ...(short ? { alias: short } : {}) };
    if (kind === "boolean") return [name, { type: "boolean", ...common }] as const;
    return [name, { type: "string", valueHint: value ?? "VALUE", ...common }] as const;
  });
  return Object.fromEntries(entries);
}

/** The help of a command, or of all. */
export async function usage(command: Command | null): Promise<string> {
  const tree = commandTree();
  const text = command === null ? renderUsage(tree) : renderUsage(asCitty(command), tree);
  const shown = await text;
  return Bun.enableANSIColors ? shown : Bun.stripANSI(shown);
}
