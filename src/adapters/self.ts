import { join } from "node:path";

/** The command that runs this very program again, whatever the PATH is by then. */
export const ownCommand = (): string[] =>
  Bun.isStandaloneExecutable
    ? [process.execPath]
    : [process.execPath, join(import.meta.dirname, "../main.ts")];
