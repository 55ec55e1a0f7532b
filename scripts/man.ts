import { readFileSync } from "node:fs";
import { join } from "node:path";
import { version } from "../package.json";
import type { Arguments, Flag } from "../src/cli/arguments.ts";
import type { Command } from "../src/cli/command.ts";
import { commandLine, globalArgs, groups } from "../src/cli/command-table.ts";
import { flagsOf } from "../src/cli/flags.ts";
import { flagDescription } from "../src/cli/help.ts";
import { operandsOf, usageLine } from "../src/cli/operands.ts";
import * as status from "../src/domain/exit-status.ts";

/** Variables that commands read. */
const VARIABLES: Readonly<Record<string, string>> = {
  TASKMUX_CONFIG: "the taskmux.toml, as --config",
  TASKMUX_NAME: "the name of the session, as --session",
  TASKMUX_PROFILES: "profiles, separated by commas, as --profile",
  TASKMUX_TOKEN: "what clients of the daemon must show",
  TASKMUX_ACTOR: "who gives the orders, as events name it",
  TASKMUX_READER: "whose newest lines logs --since-last remembers",
  NO_COLOR: "no colours",
  PAGER: "shows the pages of docs on a terminal",
};

const FILES: Readonly<Record<string, string>> = {
  "taskmux.toml": "the tasks of a project; looked for in the directory and those above it",
  "~/.taskmux": "state, logs and events",
};

const STATUSES: readonly [number, string][] = [
  [status.OK, "done"],
  [status.FAILED, "the command failed; with --json the result has ok: false"],
  [status.WRONG, "invalid usage, or an invalid config; nothing was done"],
  [status.TIMED_OUT, "--timeout is over"],
  [status.INTERRUPTED, "interrupted"],
];

/** The manual page taskmux(1), from the command table. */
export function manPage(): string {
  const { meta } = commandLine();
  return `${[
    `.TH TASKMUX 1 "${dateOf(version)}" "taskmux ${version}"`,
    ".SH NAME",
    `taskmux \\- ${text(lowered(meta.description))}`,
    ".SH SYNOPSIS",
    `${bold("taskmux")} ${italic("COMMAND")} [${italic("FLAGS")}]`,
    ".SH DESCRIPTION",
    text(
      `${meta.description}. It reads taskmux.toml, starts the tasks in the order of their dependencies, knows whether each one is healthy, and keeps their output. A monitor restarts what crashes.`,
    ),
    ".PP",
    text("The whole manual is in the program: taskmux docs lists its pages."),
    ...groups.flatMap(({ title, commands }) => [
      `.SH ${quoted(`${title} COMMANDS`.toUpperCase())}`,
      ...commands.flatMap(commandLines),
    ]),
    ".SH FLAGS OF EVERY COMMAND",
    ...flagLines(globalArgs),
    ".SH ENVIRONMENT",
    ...entries(Object.entries(VARIABLES)),
    ".SH FILES",
    ...entries(Object.entries(FILES)),
    ".SH EXIT STATUS",
    ...entries(STATUSES.map(([code, what]) => [String(code), what])),
    ".SH SEE ALSO",
    ".BR tmux (1)",
  ].join("\n")}\n`;
}

function commandLines(command: Command): string[] {
  const { name, alias = [], description, example } = command.meta;
  const operands = operandsOf(command).map(
    ({ operand }) => [operand.valueHint, operand.description] as const,
  );
  const also = alias.length === 0 ? "" : ` Also called: ${alias.join(", ")}.`;
  return [
    `.SS ${quoted([name, ...alias].join(", "))}`,
    bold(usageLine(command, flagsOf(command.args).size > 0 ? "[FLAGS]" : "")),
    ".PP",
    text(`${description}.${also}`),
    ...entries(operands),
    ...flagLines(command.args),
    ".PP",
    `Example: ${bold(example)}`,
  ];
}

const flagLines = (args: Arguments): string[] =>
  entries([...flagsOf(args)].map(([name, flag]) => [flagWord(name, flag), flagDescription(flag)]));

const flagWord = (name: string, flag: Flag): string =>
  `${flag.alias ? `-${flag.alias}, ` : ""}--${name}${flag.type === "boolean" ? "" : ` ${flag.valueHint}`}`;

const entries = (all: readonly (readonly [string, string])[]): string[] =>
  all.flatMap(([name, what]) => [".TP", bold(name), text(what)]);

const lowered = (sentence: string): string => sentence.charAt(0).toLowerCase() + sentence.slice(1);

/** groff_man(7): a dash that is to be copied is `\-`; a line must not begin with a control character. */
const escaped = (plain: string): string =>
  plain.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("'", "\\(aq");

const text = (plain: string): string => escaped(plain).replace(/^(?=[.'])/, "\\&");
const bold = (plain: string): string => `\\fB${escaped(plain)}\\fR`;
const italic = (plain: string): string => `\\fI${escaped(plain)}\\fR`;
const quoted = (plain: string): string => `"${escaped(plain).replaceAll('"', "\\(dq")}"`;

/** The day of a version, by the changelog; the newest one's for a version that isn't out. */
function dateOf(wanted: string): string {
  const changelog = readFileSync(join(import.meta.dirname, "../CHANGELOG.md"), "utf8");
  const days = [...changelog.matchAll(/^## \[(.*?)\] - (\S+)$/gm)];
  const day = days.find(([, version]) => version === wanted) ?? days[0];
  return day?.[2] ?? "";
}

if (import.meta.main) process.stdout.write(manPage());
