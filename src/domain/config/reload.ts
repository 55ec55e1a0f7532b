import { canonical } from "../values/canonical.ts";
import type { Config, Project, Task } from "./config.ts";
import { configOfFile } from "./run-task.ts";
import { environmentLayers, type Layer } from "./environment-layers.ts";

/** The differences between two configs. Task names have the order of the config that has them. */
export interface Reload {
  /** The new session name, if `name` changed. */
  name: { from: string; to: string } | null;
  added: string[];
  removed: string[];
  /** Tasks with any difference. */
  changed: string[];
  /** The changed tasks that must be restarted for the change to take effect. */
  restarted: string[];
  /** Whether a top-level setting that is no part of a task changed: the hooks, `auto_start`. */
  settings: boolean;
}

/** The parts of a project that are compared. */
export type Reloadable = Pick<Project, "config" | "directory" | "session">;

/**
 * What changes when `to` replaces `from`. Values are compared by their effect, not by their spelling: another path to the
 * same directory, a variable that moved from the top level to the task, or another order without a meaning is no change.
 * The contents of `env_file` files are not compared.
 */
export function reloadOf(from: Reloadable, to: Reloadable): Reload {
  const [before, after] = [tasksOf(from), tasksOf(to)];
  const both = [...after.keys()].filter((name) => before.has(name));
  const differ = (part: (task: EffectiveTask) => unknown) => (name: string) =>
    !isSame(part(before.get(name)!), part(after.get(name)!));
  return {
    name: from.session === to.session ? null : { from: from.session, to: to.session },
    added: [...after.keys()].filter((name) => !before.has(name)),
    removed: [...before.keys()].filter((name) => !after.has(name)),
    changed: both.filter(differ((task) => task)),
    restarted: both.filter(differ(({ runs }) => runs)),
    settings: !isSame(settingsOf(from.config), settingsOf(to.config)),
  };
}

/** Whether nothing changed: only a comment, for example. */
export const isNothing = ({ name, added, removed, changed, settings }: Reload): boolean =>
  name === null && !settings && [added, removed, changed].every(({ length }) => length === 0);

/** A task in comparable form. `runs`: what its process gets, and `port`, which is freed for it. */
interface EffectiveTask {
  runs: Pick<Task, "command" | "port" | "shell"> & { cwd: string; environment: Layer[] };
  rest: object;
}

/** The tasks of `run` are no part of a config. */
function tasksOf(project: Reloadable): Map<string, EffectiveTask> {
  const { tasks } = configOfFile(project.config);
  return new Map(tasks.map((task) => [task.name, effective(project, task)]));
}

function effective({ config, directory }: Reloadable, task: Task): EffectiveTask {
  const { command, port, cwd, shell, env: _env, env_file: _files, ...rest } = task;
  const statuses = rest.health_expected_status;
  const ascending = (a: number, b: number) => a - b;
  return {
    runs: {
      command,
      port,
      cwd: cwd ?? directory,
      shell: shell ?? config.shell,
      environment: environmentLayers(config, task),
    },
    rest: {
      ...rest,
      depends_on: rest.depends_on.toSorted(),
      profiles: rest.profiles.toSorted(),
      health_expected_status: statuses?.toSorted(ascending) ?? null,
      success_exit_codes: rest.success_exit_codes.toSorted(ascending),
    },
  };
}

const settingsOf = ({ hooks, auto_start }: Config) => ({ hooks, auto_start });

/** Deep equality that ignores the order of keys. */
const isSame = (one: unknown, other: unknown): boolean => canonical(one) === canonical(other);
