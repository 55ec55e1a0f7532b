import { accessSync, chmodSync, constants, renameSync, rmSync, writeFileSync } from "node:fs";
import { keepers } from "./keeper.generated.ts";
import { isRefusal, readRegular } from "../system/regular-file.ts";
import { system } from "../system/platform.ts";
import { KEEPER } from "./keeper-line.ts";

/** The path of a session's keeper program; `directory` is its run directory. */
const keeperPath = (directory: string): string => `${directory}/${KEEPER}`;

/**
 * Installs the keeper in a session's run directory and returns its path; null if it can't run: not on Linux, an unknown
 * processor, or a file system mounted `noexec`.
 */
export function installKeeper(directory: string): string | null {
  const encoded = system === "linux" ? keepers[process.arch] : undefined;
  if (encoded === undefined) return null;
  const path = keeperPath(directory);
  const program = Buffer.from(encoded, "base64");
  return isInstalled(path, program) || install(path, program) ? path : null;
}

/** access(2) refuses on a file system mounted `noexec`, whatever the file's mode. */
function isInstalled(path: string, program: Buffer): boolean {
  try {
    accessSync(path, constants.X_OK);
    const found = readRegular(path, { limit: program.length });
    return !isRefusal(found) && found.equals(program);
  } catch {
    return false;
  }
}

let temporaryNames = 0;

/** Installs the program only after it has run in this directory: there are many ways to forbid execution. */
function install(path: string, program: Buffer): boolean {
  const temporary = `${path}.${process.pid}.${++temporaryNames}.tmp`;
  try {
    writeFileSync(temporary, program, { mode: 0o700 });
    chmodSync(temporary, 0o700);
    if (!runs(temporary)) return false;
    renameSync(temporary, path);
    return true;
  } catch {
    // For example a full disk: tasks run without a keeper.
    return false;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/**
 * Number of attempts: a fork in another thread may hold the file open for writing for a moment, and then it can't be
 * executed.
 */
const MOST_TRIES = 5;

function runs(path: string): boolean {
  for (let tries = 1; tries <= MOST_TRIES; tries++) {
    try {
      return Bun.spawnSync([path], { stdio: ["ignore", "ignore", "ignore"] }).exitCode === 0;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ETXTBSY") return false;
      Bun.sleepSync(tries);
    }
  }
  return false;
}
