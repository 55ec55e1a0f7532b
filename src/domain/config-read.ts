import { loadConfig } from "./config-load.ts";
import { ruleFaults, UNUSABLE, type Fault } from "./config-rules.ts";
import { configShape } from "./config-shape.generated.ts";
import { isTable, misfits, type Misfit } from "./config-shape.ts";
import type { Config, WrittenConfig } from "./config.ts";
import type { Problem } from "./failure.ts";

export type ConfigReading = { config: Config } | { problems: Problem[] };

/**
 * A config from what a TOML parser made of a text; or all its problems, in the order of their places.
 * Never throws, whatever the text says.
 */
export async function readConfig(parsed: unknown, text: string): Promise<ConfigReading> {
  const wrong = misfits(configShape, parsed);
  if (wrong.length > 0) return { problems: await allProblems(parsed, wrong, text) };
  const written = parsed as WrittenConfig;
  const names = await inFileOrder(Object.keys(written.tasks ?? {}), text);
  const config = loadConfig(written, names);
  const faults = ruleFaults(config, names);
  return faults.length === 0 ? { config } : { problems: await placed(faults, text) };
}

/** Objects list keys that look like array indices first: then the order is looked up in the text. */
async function inFileOrder(names: string[], text: string): Promise<string[]> {
  if (!names.some((name) => /^\d+$/.test(name))) return names;
  const { locateIn } = await import("./config-places.ts");
  const locate = locateIn(text);
  const place = (name: string) => locate(["tasks", name], "key") ?? { line: 0, column: 0 };
  return names
    .map((name) => ({ name, ...place(name) }))
    .toSorted((a, b) => a.line - b.line || a.column - b.column)
    .map(({ name }) => name);
}

/** What doesn't fit is taken away, so that the rules can judge the rest. */
async function allProblems(parsed: unknown, wrong: Misfit[], text: string): Promise<Problem[]> {
  const { explain } = await import("./config-explain.ts");
  const faults = wrong.map(explain);
  if (isTable(parsed)) faults.push(...restFaults(parsed, wrong));
  return placed(faults, text);
}

function restFaults(parsed: Record<string, unknown>, wrong: Misfit[]): Fault[] {
  const names = isTable(parsed["tasks"]) ? Object.keys(parsed["tasks"]) : [];
  // What is in a table goes before the table.
  for (const misfit of wrong.toReversed()) remove(parsed, misfit);
  const rest = parsed as WrittenConfig;
  return ruleFaults(loadConfig(rest, Object.keys(rest.tasks ?? {})), names);
}

function remove(table: Record<string, unknown>, { path, kind }: Misfit): void {
  let parent: unknown = table;
  for (const part of path.slice(0, -1)) parent = (parent as Record<string, unknown>)[part];
  const key = String(path.at(-1));
  if (Array.isArray(parent)) parent[Number(key)] = UNUSABLE;
  else if (kind === "missing") (parent as Record<string, unknown>)[key] = ":";
  else delete (parent as Record<string, unknown>)[key];
}

async function placed(faults: Fault[], text: string): Promise<Problem[]> {
  const { locateIn } = await import("./config-places.ts");
  const locate = locateIn(text);
  return faults
    .map(({ path, part, ...fault }): Problem => {
      const { line, column } = locate(path, part) ?? { line: null, column: null };
      return { code: fault.code, message: fault.message, line, column, hint: fault.hint };
    })
    .toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}
