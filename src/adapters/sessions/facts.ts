import { dirname } from "node:path";
import type { Checkout, Task } from "../../domain/config/config.ts";
import type { Gone, SessionFacts, TaskFacts } from "../../domain/sessions/session-facts.ts";
import { movedPath } from "../config/git-worktree.ts";
import { RunState } from "../state/run-state.ts";
import { SessionOwner } from "../state/session-owner.ts";
import { isMissing } from "../system/files.ts";
import { runDirectory } from "../system/paths.ts";

/**
 * What a session's records say, whatever config it has. `marked`: the config that its tmux session is marked with; null if
 * it doesn't run. Throws errors of the file system.
 */
export function readFacts(session: string, marked: string | null): SessionFacts {
  const owner = new SessionOwner(runDirectory(session));
  const { checkout } = owner;
  const state = new RunState(session);
  const names = state.knownTasks();
  const config = new Map(owner.config?.tasks.map((task) => [task.name, task]));
  const configPath = configNow(marked, owner.configPath, checkout);
  return {
    configPath,
    gone: configPath === null ? lostDirectories(state, names) : lossOf(configPath),
    worktree: checkout?.worktree ?? null,
    tasks: names.map((name) => taskFacts(state, name, config.get(name))),
  };
}

/** The path of a session's config: of a worktree that was moved, the new one. */
function configNow(
  marked: string | null,
  recorded: string | null,
  checkout: Checkout | null,
): string | null {
  if (marked !== null && !isMissing(marked)) return marked;
  const path = recorded ?? marked;
  if (path === null || !checkout?.worktree || !isMissing(path)) return path;
  return movedPath(checkout.worktree, path) ?? path;
}

function lossOf(configPath: string): Gone | null {
  if (!isMissing(configPath)) return null;
  return isMissing(dirname(configPath)) ? "directory" : "config";
}

/** Where no config is on record, all directories in which tasks were launched must be gone. */
function lostDirectories(state: RunState, tasks: readonly string[]): Gone | null {
  const launches = tasks.map((task) => state.task(task).launchRecord());
  const directories = launches.flatMap((launch) => (launch === null ? [] : [launch.cwd]));
  return directories.length > 0 && directories.every(isMissing) ? "directory" : null;
}

/** `task`: as recorded, by this version or an earlier one. */
function taskFacts(state: RunState, name: string, task?: Partial<Task>): TaskFacts {
  const files = state.task(name);
  const { memory, process } = files.readRun();
  const { want, launchedAt } = memory;
  return {
    name,
    want,
    process,
    oneshot: task?.oneshot === true,
    successCodes: task?.success_exit_codes ?? [0],
    launchedAt,
    hasWindow: files.launcher() !== null,
  };
}
