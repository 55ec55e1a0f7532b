import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { quote } from "../../src/domain/values/shell-word.ts";
import { builtAsDarwin } from "./binary.ts";
import { createWorld, type World } from "./world.ts";

/** Programs that stand for macOS's own, as far as they tell of processes. */
export interface DarwinTools {
  /** Where they are: it goes first in PATH. */
  readonly path: string;
  /** How they were called so far, a line each: `ps -ax ...`. */
  calls(): string[];
}

const program = join(import.meta.dirname, "darwin-tools.ts");

/** Writes the programs into `directory`. */
export function darwinTools(directory: string): DarwinTools {
  const path = join(directory, "darwin");
  const log = join(directory, "darwin-calls");
  mkdirSync(path);
  writeFileSync(log, "");
  for (const tool of ["ps", "lsof", "launchctl"]) {
    const argv = [process.execPath, program, tool, log].map(quote).join(" ");
    writeFileSync(join(path, tool), `#!/bin/sh\nexec ${argv} "$@"\n`, { mode: 0o755 });
  }
  return { path, calls: () => readFileSync(log, "utf8").trim().split("\n").filter(Boolean) };
}

/** A world whose taskmux takes the machine for a Mac; `calls` are those since it was asked last. */
export function createDarwinWorld(): { world: World; calls(): string[] } {
  const world = createWorld(builtAsDarwin);
  const tools = darwinTools(world.root);
  world.env["PATH"] = `${tools.path}:${world.env["PATH"]}`;
  let seen = 0;
  const calls = () => {
    const all = tools.calls();
    const recent = all.slice(seen);
    seen = all.length;
    return recent;
  };
  return { world, calls };
}
