import { join } from "node:path";

/** The command that runs this same program again, independent of PATH. */
export const ownCommand = (): string[] =>
  Bun.isStandaloneExecutable
    ? [process.execPath]
    : [process.execPath, join(import.meta.dirname, "../../main.ts")];
