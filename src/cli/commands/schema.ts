import type { TSchema } from "@sinclair/typebox";
import { configSchema } from "../../domain/config/config.ts";
import { apiSchema } from "../../domain/api/messages.ts";
import { Failure, isFailure } from "../../domain/failure.ts";
import * as results from "../../domain/results/results.ts";
import type { SchemaDocument } from "../../domain/results/config.ts";
import { didYouMean } from "../../domain/values/suggest.ts";
import type { Command } from "../command.ts";
import { printJson, write } from "../output.ts";

const CONFIG = "taskmux.toml";
const API = "api";

/** `taskmux schema [NAME]`: pretty-printed, or with --json on one line. */
export function printSchema(
  commands: readonly Command[],
  name: string | undefined,
  json: boolean,
): number | Failure {
  const schema = schemaNamed(commands, name ?? CONFIG);
  if (isFailure(schema)) return schema;
  if (json) printJson(schema);
  else write(1, `${JSON.stringify(schema, null, 2)}\n`);
  return 0;
}

/** The names of all schemas: `taskmux.toml`, the messages of the daemon's API, and each command's output. */
export const schemaNames = (commands: readonly Command[]): string[] => [
  CONFIG,
  API,
  ...commands.map(({ meta }) => meta.name),
];

/** A JSON Schema as plain data; E500 for an unknown name. */
export function schemaNamed(commands: readonly Command[], name: string): SchemaDocument | Failure {
  if (name === CONFIG || name === "config") return document(CONFIG, configSchema);
  if (name === API) return document("taskmux daemon: messages of the WebSocket API", apiSchema);
  const command = commands.find(({ meta }) => meta.name === name || meta.alias?.includes(name));
  if (command) return document(`taskmux ${command.meta.name} --json`, outputSchema(command));
  const names = schemaNames(commands);
  const hint = didYouMean(name, names) ?? `There are: ${names.join(", ")}.`;
  return new Failure("E500", `There is no schema '${name}'`, hint);
}

/** The documents that a command prints, or its lines if it follows something; each may also be an error. */
function outputSchema({ meta, schemas }: Command) {
  const forms = [...schemas, "errorSchema"].map((name) => {
    const schema = (results as unknown as Record<string, TSchema>)[name];
    if (schema === undefined) throw new Error(`There is no ${name} in results.ts`);
    return { title: name.replace(/Schema$/, ""), ...schema };
  });
  return { description: meta.description, anyOf: forms };
}

/** Draft 7, because TOML editors read it. Their regular expressions know `\x00` as NUL, but not `\0`. */
function document(title: string, schema: object): SchemaDocument {
  const plain = JSON.stringify(schema, (key, value: unknown) =>
    key === "pattern" && typeof value === "string" ? value.replaceAll("\\0", "\\x00") : value,
  );
  const $schema = "http://json-schema.org/draft-07/schema#";
  return { $schema, title, ...(JSON.parse(plain) as object) };
}
