import { loadConfig } from "./defaults.ts";
import type { ConfigError } from "./config-error.ts";
import { ruleErrors, UNUSABLE } from "./rules.ts";
import { configShape } from "./schema.generated.ts";
import { isTable, violationsOf, type SchemaViolation } from "../values/shape.ts";
import type { Config, WrittenConfig } from "./config.ts";
import type { Problem } from "../failure.ts";

export type ConfigReading = { config: Config } | { problems: Problem[] };

/**
 * Reads a config from the output of a TOML parser. Returns all its problems, in the order of the text, if it is invalid.
 * Never throws.
 */
export async function readConfig(parsed: unknown, text: string): Promise<ConfigReading> {
  const wrong = violationsOf(configShape, parsed);
  if (wrong.length > 0) return { problems: await allProblems(parsed, wrong, text) };
  const written = parsed as WrittenConfig;
  const names = await inFileOrder(Object.keys(written.tasks ?? {}), text);
  const config = loadConfig(written, names);
  const errors = ruleErrors(config, names);
  return errors.length === 0 ? { config } : { problems: await placed(errors, text) };
}

/** JavaScript objects list keys that look like array indices first; then the order is found in the text. */
async function inFileOrder(names: string[], text: string): Promise<string[]> {
  if (!names.some((name) => /^\d+$/.test(name))) return names;
  const { locateIn } = await import("../toml/places.ts");
  const locate = locateIn(text);
  const place = (name: string) => locate(["tasks", name], "key") ?? { line: 0, column: 0 };
  return names
    .map((name) => ({ name, ...place(name) }))
    .toSorted((a, b) => a.line - b.line || a.column - b.column)
    .map(({ name }) => name);
}

/** Removes the invalid parts, so that the rules can check the rest. */
async function allProblems(
  parsed: unknown,
  wrong: SchemaViolation[],
  text: string,
): Promise<Problem[]> {
  const { explain } = await import("./explain.ts");
  const errors = wrong.map(explain);
  if (isTable(parsed)) errors.push(...remainingErrors(parsed, wrong));
  return placed(errors, text);
}

function remainingErrors(parsed: Record<string, unknown>, wrong: SchemaViolation[]): ConfigError[] {
  const names = isTable(parsed["tasks"]) ? Object.keys(parsed["tasks"]) : [];
  // The contents of a table are removed before the table.
  for (const violation of wrong.toReversed()) remove(parsed, violation);
  const rest = parsed as WrittenConfig;
  return ruleErrors(loadConfig(rest, Object.keys(rest.tasks ?? {})), names);
}

function remove(table: Record<string, unknown>, { path, kind }: SchemaViolation): void {
  let parent: unknown = table;
  for (const part of path.slice(0, -1)) parent = (parent as Record<string, unknown>)[part];
  const key = String(path.at(-1));
  if (Array.isArray(parent)) parent[Number(key)] = UNUSABLE;
  else if (kind === "missing") (parent as Record<string, unknown>)[key] = ":";
  // Others may refer to the port that is meant.
  else if (path.length === 3 && key === "port") (parent as Record<string, unknown>)[key] = "auto";
  else delete (parent as Record<string, unknown>)[key];
}

async function placed(errors: ConfigError[], text: string): Promise<Problem[]> {
  const { locateIn } = await import("../toml/places.ts");
  const locate = locateIn(text);
  return errors
    .map(({ path, part, ...fault }): Problem => {
      const { line, column } = locate(path, part) ?? { line: null, column: null };
      return { code: fault.code, message: fault.message, line, column, hint: fault.hint };
    })
    .toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}
