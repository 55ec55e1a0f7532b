import type { Want } from "./lifecycle.ts";

/** The part of a task that decides with whom it restarts. */
interface Dependent {
  name: string;
  depends_on: readonly string[];
  restart_with_dependencies: boolean;
}

/** Those of the tasks that restart after a restart of their dependency `name`. */
export const restartedAfter = <T extends Dependent>(all: readonly T[], name: string): T[] =>
  all.filter((task) => task.restart_with_dependencies && task.depends_on.includes(name));

/**
 * The names of the tasks that restart with these, directly or because of one another, in the order of `all`. `isUp`: whether
 * a task is to be restarted at all.
 */
export function restartedWith<T extends Dependent>(
  all: readonly T[],
  names: readonly string[],
  isUp: (task: T) => boolean,
): string[] {
  const reached = new Set(names);
  // Iterating over a set also visits what is added during the iteration.
  for (const name of reached) {
    for (const task of restartedAfter(all, name)) if (isUp(task)) reached.add(task.name);
  }
  const added = all.filter((task) => reached.has(task.name) && !names.includes(task.name));
  return added.map(({ name }) => name);
}

/** What decides whether a monitor restarts a task after a restart of its dependency. */
export interface DependencyRestartFacts {
  /** A dependency was restarted since the task was launched. */
  isMarked: boolean;
  want: Want;
  isAlive: boolean;
  /** `isMarked`: it is to be restarted itself first. */
  dependencies: readonly { isReady: boolean; isMarked: boolean }[];
}

/** Whether it is time: all its dependencies are ready, and none of them will restart. */
export const isRestartDue = (facts: DependencyRestartFacts): boolean =>
  facts.isMarked &&
  facts.want === "up" &&
  facts.isAlive &&
  facts.dependencies.every(({ isReady, isMarked }) => isReady && !isMarked);
