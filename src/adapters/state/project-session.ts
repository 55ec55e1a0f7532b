import { existsSync } from "node:fs";
import { join, sep } from "node:path";
import type { Worktree } from "../../domain/config/config.ts";
import { sessionIn } from "../config/git-worktree.ts";
import { runDirectory } from "../system/paths.ts";
import { readLease } from "./lease.ts";
import { RunState } from "./run-state.ts";
import { type RecordReader, SessionOwner } from "./session-owner.ts";
import type { TaskFiles } from "./task-files.ts";

/**
 * The session of a config called `name`, unless the user names another: in a linked worktree it has the worktree's id. An
 * earlier taskmux called it `name` there too; such a session stays in use until it is stopped.
 */
export function sessionOf(name: string, configPath: string, worktree: Worktree | null): string {
  if (worktree === null) return name;
  const session = sessionIn(name, worktree);
  const isKnown = existsSync(join(runDirectory(session), "project.json"));
  return !isKnown && isStillUsed(name, configPath, worktree) ? name : session;
}

/** The paths of a project's config by which its session's records and marks may name it, besides its own. */
export const formerPathsOf = (session: string, project: RecordReader): string[] =>
  new SessionOwner(runDirectory(session)).formerPathsOf(project);

/** Whether a session of this config runs under its plain name, or a monitor of it does. */
function isStillUsed(name: string, configPath: string, worktree: Worktree): boolean {
  const directory = runDirectory(name);
  if (!existsSync(directory)) return false;
  const owner = new SessionOwner(directory).configPath;
  const state = new RunState(name);
  const tasks = state.knownTasks().map((task) => state.task(task));
  if (owner === null) return tasks.some((task) => ranIn(task, worktree));
  if (owner !== configPath) return false;
  const project = { session: name, configPath };
  if (readLease(project, "monitor") !== null || readLease(project, "watch") !== null) return true;
  return tasks.some(runs);
}

/** A session of 0.1.0 has no owner on record: its tasks' directories show which checkout it belongs to. */
function ranIn(task: TaskFiles, { top }: Worktree): boolean {
  const cwd = task.launchRecord()?.cwd ?? "";
  return `${cwd}${sep}`.startsWith(`${top}${sep}`) && runs(task);
}

/** Whether a task runs, or has ended but is wanted, in a window that is still open. */
const runs = (task: TaskFiles): boolean =>
  task.process().kind === "alive" || (task.memory().want === "up" && task.launcher() !== null);
