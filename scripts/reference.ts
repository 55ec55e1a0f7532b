import { join } from "node:path";
import type { TSchema } from "@sinclair/typebox";
import type { Arguments, Flag } from "../src/cli/arguments.ts";
import type { Command } from "../src/cli/command.ts";
import { allCommands, globalArgs } from "../src/cli/command-table.ts";
import { flagsOf } from "../src/cli/flags.ts";
import { flagDescription } from "../src/cli/help.ts";
import { usageLine } from "../src/cli/operands.ts";
import { configSchema } from "../src/domain/config/config.ts";
import { ERROR_CODES } from "../src/domain/failure.ts";
import { apiParams } from "../src/domain/api/params.ts";
import * as api from "../src/domain/api/messages.ts";
import * as results from "../src/domain/results/results.ts";
import { WRONG_CODES } from "../src/domain/exit-status.ts";

const path = join(import.meta.dir, "../docs/reference.md");

/** `docs/reference.md`: all that scripts and agents rely on, from the places where it is defined. */
export function reference(): string {
  return `${[
    "# Reference",
    "<!-- Made by `bun scripts/reference.ts` from the command table and the schemas. -->",
    "Every command with its flags and its JSON, every field, event and error code. What they are for is in the [guide](guide.md).",
    "## Commands",
    `Flags of every command, anywhere before \`--\`:\n\n${flagTable(globalArgs)}`,
    ...allCommands().map(commandSection),
    "## Errors",
    "With `--json` an error is, on stdout and with a status other than 0:",
    shapeBlock("errorSchema"),
    errorTable(),
    "## Events",
    "Lines of `~/.taskmux/events.jsonl`, and what `events` and the API tell. Each has `ts`, `event` and `session`.",
    eventTable(),
    "## The API",
    "One JSON object a message, `{command, params?, id?}`, to `ws://HOST:PORT/`. A reply bears the `id` of its request; its `success`, `message` and `id` stand next to the keys of the command's JSON above.",
    apiTable(),
    "The reply to `status`:",
    shapeBlock("apiStatusSchema"),
    "An error:",
    shapeBlock("apiErrorSchema"),
    "What comes unasked: `health_check` to every client, the others to those that subscribed (`status` as above, `health` as of the command).",
    pushTable(),
    "`GET /healthz`:",
    shapeBlock("healthzSchema"),
    "## Fields of taskmux.toml",
    fieldTable(),
  ].join("\n\n")}\n`;
}

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");
const table = (head: string[], rows: string[][]): string =>
  [head, head.map(() => "---"), ...rows]
    .map((row) => `| ${row.map(cell).join(" | ")} |`)
    .join("\n");

const flagTable = (args: Arguments): string =>
  table(
    ["flag", ""],
    [...flagsOf(args)].map(([name, flag]) => [
      `\`${flagWord(name, flag)}\``,
      flagDescription(flag),
    ]),
  );

const flagWord = (name: string, flag: Flag): string =>
  `${flag.alias ? `-${flag.alias}, ` : ""}--${name}${flag.type === "boolean" ? "" : ` ${flag.valueHint}`}`;

function commandSection(command: Command): string {
  const { meta, args, schemas } = command;
  const { name, alias = [], description } = meta;
  return [
    `### ${name}`,
    `\`${usageLine(command)}\`${alias.length > 0 ? ` (also ${alias.map((one) => `\`${one}\``).join(", ")})` : ""} — ${description}.`,
    ...(flagsOf(args).size > 0 ? [flagTable(args)] : []),
    ...schemas.filter((each) => each !== "eventSchema").map(shapeBlock),
    ...(schemas.includes("eventSchema")
      ? ["Then, or with `-f`: one [event](#events) a line."]
      : []),
  ].join("\n\n");
}

function shapeBlock(name: string): string {
  const schema = ({ ...results, ...api } as unknown as Record<string, TSchema>)[name];
  if (schema === undefined) throw new Error(`There is no ${name}`);
  const title = name.replace(/Schema$/, "");
  return `\`\`\`ts\n// ${title}\n${shapeOf(schema, "")}\n\`\`\``;
}

const apiTable = (): string =>
  table(
    ["command", "params"],
    Object.entries(apiParams).map(([command, { properties }]) => [
      `\`${command}\``,
      Object.entries(properties as Record<string, TSchema>)
        .map(([name, schema]) => `\`${name}\`: ${noteOf(schema)}`)
        .join("; "),
    ]),
  );

const pushTable = (): string =>
  table(
    ["type", "data"],
    [
      ["`event`", "an [event](#events)"],
      ["`status`", "as the reply to `status`, each time that it is another"],
      ["`log`", "`{task, ts, text}`, a line of a task's output"],
      ["`usage`", "as `top --json`, every 2 s"],
      ["`health_check`", "as `health --json`, after a round of checks"],
    ],
  );

/** A schema as TypeScript would write the type, with what is said of each key as a comment. */
function shapeOf(schema: TSchema, indent: string): string {
  if (schema["const"] !== undefined) return JSON.stringify(schema["const"]);
  if (Array.isArray(schema["enum"])) return enumOf(schema["enum"] as string[]);
  if (Array.isArray(schema["anyOf"])) return unionOf(schema["anyOf"] as TSchema[], indent);
  if (Array.isArray(schema["allOf"])) return unionOf(schema["allOf"] as TSchema[], indent, " & ");
  switch (schema["type"]) {
    case "array":
      return arrayOf(schema["items"] as TSchema, indent);
    case "object":
      return objectOf(schema, indent);
    case "integer":
      return "number";
    case undefined:
      return "unknown";
    default:
      return String(schema["type"]);
  }
}

/** The error codes have a table of their own. */
const enumOf = (values: string[]): string =>
  values.length > 12 ? "string" : values.map((value) => JSON.stringify(value)).join(" | ");

function arrayOf(item: TSchema, indent: string): string {
  const shape = shapeOf(item, indent);
  return item["anyOf"] || item["enum"] ? `(${shape})[]` : `${shape}[]`;
}

const unionOf = (schemas: TSchema[], indent: string, sign = " | "): string =>
  [...new Set(schemas.map((each) => shapeOf(each, indent)))].join(sign);

function objectOf(schema: TSchema, indent: string): string {
  const properties = Object.entries((schema["properties"] ?? {}) as Record<string, TSchema>);
  const patterns = Object.values((schema["patternProperties"] ?? {}) as Record<string, TSchema>);
  const required = new Set((schema["required"] as string[] | undefined) ?? []);
  const inner = `${indent}  `;
  const lines = properties.map(([key, value]) => {
    const note = noteOf(value);
    return `${inner}${key}${required.has(key) ? "" : "?"}: ${shapeOf(value, inner)};${note && ` // ${note}`}`;
  });
  const others = patterns.map((value) => `${inner}[name: string]: ${shapeOf(value, inner)};`);
  const all = [...lines, ...others];
  return all.length === 0 ? "{}" : `{\n${all.join("\n")}\n${indent}}`;
}

const noteOf = (schema: TSchema): string => schema.description ?? "";

const errorTable = (): string =>
  table(
    ["code", "", "status"],
    Object.entries(ERROR_CODES).map(([code, what]) => [
      `\`${code}\``,
      what,
      code === "E901" ? "130" : WRONG_CODES.has(code) ? "2" : "1",
    ]),
  );

const COMMON = ["ts", "event", "session"];

function eventTable(): string {
  const events = results.taskmuxEventSchema.anyOf as unknown as TSchema[];
  const rows = events.map((schema) => {
    const properties = schema["properties"] as Record<string, TSchema>;
    const required = new Set(schema["required"] as string[]);
    const own = Object.entries(properties).filter(([key]) => !COMMON.includes(key));
    const fields = own.map(
      ([key, value]) => `\`${key}${required.has(key) ? "" : "?"}: ${shapeOf(value, "")}\``,
    );
    return [`\`${String(properties["event"]!["const"])}\``, fields.join(", "), noteOf(schema)];
  });
  return table(["event", "its fields", "when"], rows);
}

function fieldTable(): string {
  const top = configSchema.properties as unknown as Record<string, TSchema>;
  const forms = Object.values(top["tasks"]!["patternProperties"] as Record<string, TSchema>)[0]!;
  const task = (forms["anyOf"] as TSchema[]).find(({ type }) => type === "object")!;
  const fields = task["properties"] as Record<string, TSchema>;
  const rows = (of: Record<string, TSchema>, prefix: string) =>
    Object.entries(of).flatMap(([name, schema]) => fieldRows(`${prefix}${name}`, schema));
  const { tasks: _, ...rest } = top;
  return table(["field", "default", ""], [...rows(rest, ""), ...rows(fields, "tasks.NAME.")]);
}

function fieldRows(name: string, schema: TSchema): string[][] {
  if (name.endsWith("hooks")) {
    return Object.entries(schema["properties"] as Record<string, TSchema>).map(([hook, of]) => [
      `\`${name}.${hook}\``,
      "",
      noteOf(of),
    ]);
  }
  const given = schema["default"] === undefined ? "" : `\`${JSON.stringify(schema["default"])}\``;
  return [[`\`${name}\``, given, noteOf(schema)]];
}

if (import.meta.main) await Bun.write(path, reference());
