import { join } from "node:path";
import { allCommands } from "../src/cli/command-table.ts";
import { schemaNamed, schemaNames } from "../src/cli/commands/schema.ts";

const directory = join(import.meta.dir, "../schema");

/** The files of schema/, by name: what `taskmux schema NAME` prints. */
export function schemaFiles(): Map<string, string> {
  const names = schemaNames(allCommands());
  return new Map(names.map((name) => [`${name}.json`, textOf(name)]));
}

const textOf = (name: string): string =>
  `${JSON.stringify(schemaNamed(allCommands(), name), null, 2)}\n`;

/** Rewrites schema/, and removes files of schemas that no longer exist. */
async function main(): Promise<void> {
  const files = schemaFiles();
  const old = new Bun.Glob("*.json").scanSync({ cwd: directory });
  for (const name of old) if (!files.has(name)) await Bun.file(join(directory, name)).delete();
  for (const [name, text] of files) await Bun.write(join(directory, name), text);
}

if (import.meta.main) await main();
