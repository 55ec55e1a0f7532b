import { join } from "node:path";
import { configSchema } from "../src/domain/config/config.ts";

const target = join(import.meta.dir, "../src/domain/config/schema.generated.ts");

/** The schema of config.ts as plain data, so that what runs needs no TypeBox; formatted as `bun fmt` does. */
export async function generatedShape(): Promise<string> {
  const source = [
    "// Generated from config.ts by `bun scripts/generate.ts`. Don't edit.",
    'import type { Shape } from "../values/shape.ts";',
    `export const configShape: Shape = ${JSON.stringify(configSchema)};`,
  ].join("\n\n");
  const flags = ["--stdin-filepath=schema.generated.ts", "--print-width=100"];
  const formatter = Bun.spawn([process.execPath, "fmt", ...flags], {
    stdin: new Blob([source]),
    stdout: "pipe",
  });
  return new Response(formatter.stdout).text();
}

if (import.meta.main) await Bun.write(target, await generatedShape());
