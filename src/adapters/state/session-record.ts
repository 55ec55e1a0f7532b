import { type Dirent, existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { validSessionName, validTaskName } from "../../domain/values/names.ts";
import { readConfig } from "../../domain/config/read.ts";
import { completed } from "../../domain/config/defaults.ts";
import type { Config, Project } from "../../domain/config/config.ts";
import { runDirectory, stateHome } from "../system/paths.ts";
import { sessionIn } from "../config/git-worktree.ts";
import { withRunTasks } from "./run-tasks.ts";
import { RunState } from "./run-state.ts";
import { SessionOwner } from "./session-owner.ts";

/**
 * The sessions that have records, by the config (absolute path) that owns them; sorted by name. Without those whose config
 * has another session by now, because it lies in a linked worktree.
 */
export function sessionsByOwner(): Map<string | null, string[]> {
  const byOwner = Map.groupBy(sessionNames(), recordedOwner);
  for (const [owner, names] of byOwner) {
    if (names.length < 2) continue;
    const replaced = new Set(names.filter((name) => isReplaced(name, names)));
    byOwner.set(
      owner,
      names.filter((name) => !replaced.has(name)),
    );
  }
  return byOwner;
}

function isReplaced(name: string, all: readonly string[]): boolean {
  return all.some((other) => {
    const { worktree } = new SessionOwner(runDirectory(other)).checkout ?? {};
    return worktree ? other === sessionIn(name, worktree) : false;
  });
}

/** The sessions that have records, sorted by name. */
export function sessionNames(): string[] {
  try {
    return readdirSync(join(stateHome(), "run"), { withFileTypes: true })
      .filter((entry) => validSessionName(entry.name) && isRunDirectory(entry))
      .map(({ name }) => name)
      .toSorted();
  } catch {
    return [];
  }
}

/** Also a link to a directory: the user's own. */
const isRunDirectory = (entry: Dirent): boolean =>
  entry.isDirectory() ||
  (entry.isSymbolicLink() && existsSync(`${join(entry.parentPath, entry.name)}/`));

/** The config that owns a session's records; null if unknown (0.1.0), or if there are no records. */
export const recordedOwner = (session: string): string | null =>
  new SessionOwner(runDirectory(session)).configPath;

/** Whether a session has records. */
export const hasRecords = (session: string): boolean => existsSync(runDirectory(session));

/**
 * The project from a session's records, for commands that read or stop it: its config file is missing or invalid. Hooks are
 * left out if their directory is gone.
 */
export async function recordedProject(session: string, configPath: string): Promise<Project> {
  const owner = new SessionOwner(runDirectory(session));
  const isOwner = owner.configPath === configPath;
  const config = completed((isOwner && owner.config) || (await rebuilt(session)));
  const directory = dirname(configPath);
  const { checkout, formerPaths } = owner;
  const known = isOwner ? { checkout, formerPaths } : {};
  const recorded = { session, configPath, isRecorded: true, directory, ...known };
  if (existsSync(directory)) return withRunTasks({ ...recorded, config });
  const project = withRunTasks({ ...recorded, config: withoutHooks(config) });
  return { ...project, directory: "/" };
}

const NO_HOOKS = { before_start: null, after_start: null, before_stop: null, after_stop: null };

const withoutHooks = (config: Config): Config => ({
  ...config,
  hooks: NO_HOOKS,
  tasks: config.tasks.map((task) => ({ ...task, hooks: NO_HOOKS })),
});

/** The config from the records of 0.1.0: how each task was last launched, and where its log is. */
async function rebuilt(session: string): Promise<Config> {
  const state = new RunState(session);
  const names = state.knownTasks().filter(validTaskName);
  const tasks = Object.fromEntries(names.map((name) => [name, taskOf(state, name)]));
  const reading = await readConfig({ name: session, tasks }, "");
  if ("config" in reading) return reading.config;
  throw new Error(`the records of session '${session}' make no config`);
}

function taskOf(state: RunState, name: string) {
  const launch = state.task(name).launchRecord();
  const [log_file] = state.task(name).output.writtenLogs();
  return {
    command: launch?.command ?? ":",
    ...(launch === null ? {} : { cwd: launch.cwd, shell: launch.shell }),
    ...(log_file === undefined ? {} : { log_file }),
  };
}
