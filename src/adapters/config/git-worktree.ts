import { lstatSync, realpathSync, type Stats, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import type { Checkout, Worktree } from "../../domain/config/config.ts";
import { worktreeSession, worktreeSlug } from "../../domain/config/worktree-session.ts";
import { readText } from "../system/files.ts";

/**
 * The linked worktree whose top is this directory; null for any other directory, including the top of a submodule.
 * gitrepository-layout(5): its `.git` is a file `gitdir: PATH`, and `PATH/commondir` names the repository.
 */
export function linkedWorktreeAt(directory: string): Worktree | null {
  const found = gitAt(directory);
  return found?.worktree ?? null;
}

/**
 * The repository and the linked worktree that a directory lies in; null outside of any repository. A submodule belongs to
 * the checkout around it. Reads a few small files, and runs no git.
 */
export function checkoutOf(directory: string): Checkout | null {
  let submodule: Checkout | null = null;
  for (let at = directory; ; at = dirname(at)) {
    const found = gitAt(at);
    if (found !== null && found.kind !== "submodule") return found;
    submodule ??= found;
    if (at === dirname(at)) return submodule;
  }
}

/** What `.git` in this directory says; null if there is none. */
function gitAt(directory: string): (Checkout & { kind: "checkout" | "submodule" }) | null {
  const path = gitPath(directory);
  const file = path === null ? null : statOf(path);
  if (path === null || file === null) return null;
  if (file.isDirectory()) return { kind: "checkout", repository: path, worktree: null };
  if (!file.isFile()) return null;
  // A path may contain line breaks.
  const named = /^gitdir: ([^]+)/.exec(readLine(path))?.[1];
  if (named === undefined) return null;
  const gitDirectory = resolve(directory, named);
  const repository = repositoryOf(gitDirectory);
  if (repository === null) return { kind: "submodule", repository: gitDirectory, worktree: null };
  const worktree = worktreeOf(directory, gitDirectory, repository);
  return { kind: "checkout", repository, worktree };
}

/** The repository of a linked worktree's git directory; null for another git directory. */
function repositoryOf(gitDirectory: string): string | null {
  const common = readLine(join(gitDirectory, "commondir"));
  if (common !== "") return resolve(gitDirectory, common);
  // The worktree was pruned, or the repository moved. Its session stays its own: it is not that of the main checkout.
  const worktrees = dirname(gitDirectory);
  const isGone = basename(worktrees) === "worktrees" && statOf(gitDirectory) === null;
  return isGone ? dirname(worktrees) : null;
}

/** A file of git that holds one path, without the line breaks at its end; empty if it can't be read. */
const readLine = (path: string): string => (readText(path) ?? "").replace(/[\r\n]+$/, "");

function worktreeOf(top: string, gitDirectory: string, repository: string): Worktree {
  const id = worktreeSlug(basename(gitDirectory), () => digestOf(gitDirectory));
  const main = basename(repository) === ".git" ? dirname(repository) : repository;
  return { id, main, top, gitDirectory };
}

/** The name of the session of a config called `name` in a linked worktree. */
export const sessionIn = (name: string, { id, gitDirectory }: Worktree): string =>
  worktreeSession(name, id, () => digestOf(gitDirectory));

/** The name of the project in a directory: the directory's, but at the top of a linked worktree the repository's. */
export function projectName(directory: string): string {
  const main = linkedWorktreeAt(directory)?.main;
  if (main === undefined) return basename(directory);
  // A bare repository is called `shop.git`, or lies hidden in the directory that holds the worktrees.
  const name = basename(main).replace(/\.git$/, "");
  return name.startsWith(".") ? basename(dirname(main)) : name;
}

const digestOf = (path: string): string => new Bun.CryptoHasher("sha1").update(path).digest("hex");

/**
 * Identifies a worktree as long as it exists, wherever it is moved; null if it doesn't exist. A worktree that is removed and
 * added again under the same name is another one, with another git directory.
 */
export function worktreeIdentity({ gitDirectory }: Worktree): string | null {
  const found = statOf(gitDirectory);
  return found === null ? null : `${found.ino} ${found.birthtimeMs}`;
}

/** Where a path in a worktree is after `git worktree move`; null if git knows no other place, or nothing is there. */
export function movedPath({ top, gitDirectory }: Worktree, path: string): string | null {
  const place = readText(join(gitDirectory, "gitdir"))?.trimEnd();
  if (!place) return null;
  const moved = join(dirname(resolve(gitDirectory, place)), relative(top, path));
  return moved !== path && statOf(moved) !== null ? moved : null;
}

/** The path of `.git` in a directory without symbolic links, so that two checkouts of a repository name it alike. */
function gitPath(directory: string): string | null {
  const path = join(directory, ".git");
  try {
    const file = lstatSync(path, { throwIfNoEntry: false });
    return file?.isSymbolicLink() ? realpathSync.native(path) : path;
  } catch {
    return null;
  }
}

/** Follows symbolic links; null if the path doesn't exist or can't be read. */
function statOf(path: string): Stats | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null;
  } catch {
    return null;
  }
}
