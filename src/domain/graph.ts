/** What the graph needs of a task. */
export interface Node {
  name: string;
  depends_on: readonly string[];
}

/** The tasks named and all that they depend on, each once, in the order in which `all` has them. */
export function withDependencies<T extends Node>(all: readonly T[], names: Iterable<string>): T[] {
  return reach(all, names, (task) => task.depends_on);
}

/** The tasks named and all that depend on them, in the order in which `all` has them. */
export function withDependents<T extends Node>(all: readonly T[], names: Iterable<string>): T[] {
  return reach(all, names, (task) => dependentsOf(all, task.name));
}

/** The names of the tasks that depend on a task themselves. */
export const dependentsOf = (all: readonly Node[], name: string): string[] =>
  all.filter((task) => task.depends_on.includes(name)).map((task) => task.name);

function reach<T extends Node>(
  all: readonly T[],
  names: Iterable<string>,
  next: (task: T) => readonly string[],
): T[] {
  const byName = new Map(all.map((task) => [task.name, task]));
  const reached = new Set(names);
  // A set's iteration sees what is added on the way.
  for (const name of reached) {
    const task = byName.get(name);
    if (task !== undefined) for (const other of next(task)) reached.add(other);
  }
  return all.filter((task) => reached.has(task.name));
}

/**
 * The tasks with each after its dependencies, otherwise in their own order.
 * Dependencies that are not among them are passed over; a cycle is cut at its first task.
 */
export function inStartOrder<T extends Node>(tasks: readonly T[]): T[] {
  const byName = new Map(tasks.map((task) => [task.name, task]));
  const order = new Set<T>();
  const seen = new Set<T>();
  const work: { task: T; placed: boolean }[] = [];
  for (const task of tasks) {
    work.push({ task, placed: false });
    for (let top = work.pop(); top !== undefined; top = work.pop()) visit(top);
  }
  return [...order];

  function visit({ task, placed }: { task: T; placed: boolean }): void {
    if (placed) order.add(task);
    if (placed || seen.has(task)) return;
    seen.add(task);
    work.push({ task, placed: true });
    for (const name of task.depends_on.toReversed()) {
      const dependency = byName.get(name);
      if (dependency !== undefined) work.push({ task: dependency, placed: false });
    }
  }
}

/**
 * Cycles of two tasks or more, as the names on them, each beginning with its first task in order:
 * none where there is none, and no task of a knot is left without one after the others are cut.
 */
export function cycles(tasks: readonly Node[]): string[][] {
  const byName = new Map(tasks.map((task) => [task.name, task]));
  const order = tasks.map((task) => task.name);
  const done = new Set<string>();
  const found: string[][] = [];
  for (const task of tasks) {
    if (!done.has(task.name)) walk(task, byName, done, found);
  }
  return found.map((cycle) => fromFirst(cycle, order));
}

/** Depth first with a stack of its own: a chain of dependencies may be longer than the call stack. */
function walk(
  start: Node,
  byName: ReadonlyMap<string, Node>,
  done: Set<string>,
  found: string[][],
): void {
  const path = [{ task: start, next: 0 }];
  const depths = new Map([[start.name, 0]]);
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const name = top.task.depends_on[top.next++];
    const task = name === undefined ? undefined : byName.get(name);
    const depth = name === undefined ? undefined : depths.get(name);
    if (name === undefined) leave(top.task.name);
    else if (depth !== undefined) report(depth);
    else if (task !== undefined && !done.has(name))
      depths.set(name, path.push({ task, next: 0 }) - 1);
  }

  function leave(name: string): void {
    path.pop();
    depths.delete(name);
    done.add(name);
  }

  function report(depth: number): void {
    const cycle = path.slice(depth).map((step) => step.task.name);
    if (cycle.length > 1) found.push(cycle);
  }
}

function fromFirst(cycle: string[], order: string[]): string[] {
  const places = cycle.map((name) => order.indexOf(name));
  const first = places.indexOf(Math.min(...places));
  return [...cycle.slice(first), ...cycle.slice(0, first)];
}
