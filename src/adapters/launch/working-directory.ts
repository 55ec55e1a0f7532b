import { accessSync, constants, statSync } from "node:fs";
import { reasonOf } from "../../domain/system-error.ts";

/** Why a directory can't be a working directory, as the end of a sentence; null if it can. */
export function unusableDirectory(path: string): string | null {
  try {
    if (!statSync(path).isDirectory()) return "it is not a directory";
    accessSync(path, constants.X_OK);
    return null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ELOOP" ? "it is a loop of symbolic links" : reasonOf(error);
  }
}
