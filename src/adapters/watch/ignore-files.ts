import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { type IgnoreFile, type IgnoreRule, parseIgnoreFile } from "../../domain/watch/gitignore.ts";
import { readText } from "../system/files.ts";

/** The rules of a directory's own `.gitignore`. */
export const rulesIn = (directory: string): IgnoreRule[] =>
  parseIgnoreFile(readText(join(directory, ".gitignore")) ?? "");

/** The rules of the directories above one, which are `names` from the top of its repository on. */
export const ignoreFilesAbove = (directory: string, names: readonly string[]): IgnoreFile[] =>
  names.map((_, depth) => {
    const up = "../".repeat(names.length - depth);
    return { depth, rules: rulesIn(join(directory, up)) };
  });

/** The top of the git repository that a directory lies in; without one, the directory itself. */
export function repositoryOf(directory: string): string {
  for (let at = directory; ; at = dirname(at)) {
    if (existsSync(join(at, ".git"))) return at;
    if (dirname(at) === at) return directory;
  }
}
