import { existsSync } from "node:fs";
import { Failure } from "../../domain/failure.ts";
import { fileFailure } from "../../domain/system-error.ts";

/** The absolute path of the current directory; E106 if it was removed, or its name isn't UTF-8. */
export function currentDirectory(): string | Failure {
  try {
    const path = process.cwd();
    return notUtf8(path) ?? path;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") {
      return fileFailure("find", "the current directory", error);
    }
    return new Failure(
      "E106",
      "The current directory was removed",
      "Change to another one, or name the config by its absolute path: -c PATH",
    );
  }
}

/**
 * E106 for a path that isn't UTF-8, null otherwise. Decoding replaces invalid bytes by U+FFFD, so JSON, tmux and the config
 * would name a path that doesn't exist.
 */
export function notUtf8(path: string): Failure | null {
  if (!path.includes("\uFFFD") || existsSync(path)) return null;
  return new Failure(
    "E106",
    `This path can't be used, because it is not UTF-8: ${path}`,
    "Rename that directory or file.",
  );
}
