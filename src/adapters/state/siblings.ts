import { existsSync } from "node:fs";
import { dirname } from "node:path";
import type { Project } from "../../domain/config/config.ts";
import type { Sibling } from "../../domain/results/results.ts";
import { checkoutOf } from "../config/git-worktree.ts";
import { runDirectory } from "../system/paths.ts";
import type { MarkedSession } from "../tmux/arguments.ts";
import { SessionOwner } from "./session-owner.ts";

/** The other sessions of a project's repository among these, by name. */
export function siblingsOf(
  { session, checkout }: Pick<Project, "session" | "checkout">,
  running: readonly MarkedSession[],
): Sibling[] {
  if (!checkout) return [];
  return running
    .filter(({ name }) => name !== session)
    .map(currentPlace)
    .filter(({ repository }) => repository === checkout.repository)
    .map(({ name, configPath }) => ({ session: name, config_path: configPath }))
    .toSorted((a, b) => (a.session < b.session ? -1 : 1));
}

/** A session's config and its repository. Of a worktree that was moved or removed since its start, the records know both. */
function currentPlace({ name, configPath }: MarkedSession) {
  if (existsSync(configPath)) return { name, configPath, repository: repositoryOf(configPath) };
  const owner = new SessionOwner(runDirectory(name));
  const repository = owner.checkout?.repository ?? repositoryOf(configPath);
  return { name, configPath: owner.configPath ?? configPath, repository };
}

const repositoryOf = (configPath: string): string | null =>
  checkoutOf(dirname(configPath))?.repository ?? null;
