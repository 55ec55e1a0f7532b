import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { World } from "./world.ts";

/** Runs git in a directory of a world; throws where it fails. */
export async function git(world: World, words: string[], cwd = world.project): Promise<void> {
  const settings = ["user.name=x", "user.email=x@example.com", "init.defaultBranch=trunk"];
  const flags = settings.flatMap((setting) => ["-c", setting]);
  const { exitCode, stderr } = await world.runProgram(["git", ...flags, ...words], { cwd });
  if (exitCode !== 0) throw new Error(`git ${words.join(" ")}: ${stderr}`);
}

/** Makes the project of a world a repository whose first commit has this config. */
export async function makeRepository(world: World, config: string): Promise<void> {
  world.writeConfig(config);
  await git(world, ["init", "-q"]);
  await commitAll(world);
}

/** Commits what the project holds. */
export async function commitAll(world: World): Promise<void> {
  await git(world, ["add", "-A"]);
  await git(world, ["commit", "-q", "--allow-empty", "-m", "x"]);
}

/** Adds a linked worktree of the project next to it, on a branch of its own, and returns its directory. */
export async function addWorktree(world: World, name: string): Promise<string> {
  const path = join(world.root, "trees", name);
  mkdirSync(join(world.root, "trees"), { recursive: true });
  await git(world, ["worktree", "add", "-q", path]);
  return path;
}
