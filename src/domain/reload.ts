import type { Config, Project, Task } from "./config.ts";

/** What one config changes of another. Names of tasks, in the order of the config that has them. */
export interface Reload {
  /** The session that it is for, where it is for another one. */
  name: { from: string; to: string } | null;
  added: string[];
  removed: string[];
  /** Tasks of which anything is different now. */
  changed: string[];
  /** Those of them that run something else now: to get it, a task has to be launched anew. */
  restarted: string[];
  /** Whether a setting beside the tasks is different that is no part of any of them: the hooks, `auto_start`. */
  settings: boolean;
}

/** The parts of a project that decide. */
export type Reloadable = Pick<Project, "config" | "directory" | "session">;

/**
 * What becomes different when `to` takes the place of `from`. Values are compared as they work, not as they are written:
 * a path that leads to the same place, a variable that moved from the top level to the task, an order without a meaning
 * are no change. What is in the files that `env_file` names is not looked at.
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

/** Whether a reload is none: a comment, say. */
export const isNothing = ({ name, added, removed, changed, settings }: Reload): boolean =>
  name === null && !settings && [added, removed, changed].every(({ length }) => length === 0);

/** A task in the form in which two are compared. `runs`: what its process gets, and `port`, which is freed for it. */
interface EffectiveTask {
  runs: Pick<Task, "command" | "port" | "shell"> & { cwd: string; environment: Layer[] };
  rest: object;
}

function tasksOf(project: Reloadable): Map<string, EffectiveTask> {
  return new Map(project.config.tasks.map((task) => [task.name, effective(project, task)]));
}

function effective({ config, directory }: Reloadable, task: Task): EffectiveTask {
  const { command, port, cwd, shell, env: _env, env_file: _files, ...rest } = task;
  const statuses = rest.health_expected_status;
  return {
    runs: {
      command,
      port,
      cwd: cwd ?? directory,
      shell: shell ?? config.shell,
      environment: environmentOf(config, task),
    },
    rest: {
      ...rest,
      depends_on: rest.depends_on.toSorted(),
      health_expected_status: statuses?.toSorted((a, b) => a - b) ?? null,
    },
  };
}

const settingsOf = ({ hooks, auto_start }: Config) => ({ hooks, auto_start });

/** What a part of a config puts into an environment, over what those before it did. */
type Layer = { files: string[] } | { variables: Record<string, string> };

/**
 * A task's environment as far as the config makes it, in the one form that all ways to write the same have. A variable
 * that a later layer sets for certain is left out, layers without anything too, and neighbours of one kind are one.
 */
function environmentOf(config: Config, task: Task): Layer[] {
  const hidden = new Set(Object.keys(task.env));
  const top = Object.entries(config.env).filter(([name]) => !hidden.has(name));
  const layers: Layer[] = [
    { files: config.env_file },
    { variables: Object.fromEntries(top) },
    { files: task.env_file },
    { variables: task.env },
  ];
  return layers.filter((layer) => !isEmpty(layer)).reduce<Layer[]>(joined, []);
}

const isEmpty = (layer: Layer): boolean =>
  ("files" in layer ? layer.files : Object.keys(layer.variables)).length === 0;

function joined(layers: Layer[], next: Layer): Layer[] {
  const last = layers.at(-1);
  const before = layers.slice(0, -1);
  if (last && "files" in last && "files" in next) {
    return [...before, { files: [...last.files, ...next.files] }];
  }
  if (last && "variables" in last && "variables" in next) {
    return [...before, { variables: { ...last.variables, ...next.variables } }];
  }
  return [...layers, next];
}

/** Deep, and blind to the order of keys. */
const isSame = (one: unknown, other: unknown): boolean => canonical(one) === canonical(other);

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
