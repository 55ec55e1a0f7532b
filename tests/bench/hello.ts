import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "../helpers/binary.ts";

/** The path of a program that prints a word, built in `directory` by our own build script: its flags are those of taskmux. */
export function buildHello(directory: string): string {
  for (const file of ["build.ts", "package.json", "scripts/targets.ts", "scripts/runtimes.ts"]) {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    copyFileSync(join(root, file), join(directory, file));
  }
  mkdirSync(join(directory, "src"), { recursive: true });
  writeFileSync(join(directory, "src/main.ts"), 'console.log("hello");\n');
  const { exitCode, stderr } = Bun.spawnSync([process.execPath, join(directory, "build.ts")]);
  if (exitCode !== 0)
    throw new Error(`The build of the floor's binary failed:\n${stderr.toString()}`);
  return join(directory, "dist/taskmux");
}
