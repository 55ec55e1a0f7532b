import { readConfig } from "../../src/domain/config/read.ts";
import type { Config } from "../../src/domain/config/config.ts";
import type { Problem } from "../../src/domain/failure.ts";

/** The config in a text; throws if it is invalid. */
export async function configOf(toml: string): Promise<Config> {
  const read = await readConfig(Bun.TOML.parse(toml), toml);
  if ("problems" in read) throw new Error(JSON.stringify(read.problems));
  return read.config;
}

/** The problems of a text. */
export async function problemsOf(toml: string): Promise<Problem[]> {
  const read = await readConfig(Bun.TOML.parse(toml), toml);
  return "problems" in read ? read.problems : [];
}
