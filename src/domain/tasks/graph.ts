/** The part of a task that the graph needs. */
export interface Node {
  name: string;
  depends_on: readonly string[];
}

/** The named tasks and all their dependencies, each once, in the order of `all`. */
export function withDependencies<T extends Node>(all: readonly T[], names: Iterable<string>): T[] {
  const byName = new Map(all.map((task) => [task.name, task]));
  const reached = new Set(names);
  // Iterating over a set also visits what is added during the iteration.
  for (const name of reached) {
    const task = byName.get(name);
    if (task !== undefined) for (const other of task.depends_on) reached.add(other);
  }
  return all.filter((task) => reached.has(task.name));
}

/** The names of a task's direct dependents. */
export const dependentsOf = (all: readonly Node[], name: string): string[] =>
  all.filter((task) => task.depends_on.includes(name)).map((task) => task.name);

/**
 * The tasks, each after its dependencies, otherwise in their own order. Dependencies that are not among the tasks are
 * ignored; a cycle is cut at its first task.
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

/** Maximum number of names on cycles: n tasks can have n² / 2 of them. */
const MOST_ON_CYCLES = 50_000;

/**
 * The cycles of two tasks or more, as the names on them, each beginning with its first task in order. Cutting the returned
 * cycles leaves no other cycle, unless there are very many: then only the first are returned. The time is proportional to
 * tasks, dependencies and returned names.
 */
export function cycles(tasks: readonly Node[]): string[][] {
  const byName = new Map(tasks.map((task) => [task.name, task]));
  const places = new Map(tasks.map((task, index) => [task.name, index]));
  const done = new Set<string>();
  const found = new FoundCycles();
  for (const task of tasks) {
    if (!done.has(task.name)) walk(task, byName, done, found);
  }
  return found.cycles.map((cycle) => fromFirst(cycle, places));
}

class FoundCycles {
  readonly cycles: string[][] = [];
  #names = 0;

  /** The last `length` steps of a path. */
  add(path: readonly { task: Node }[], length: number): void {
    if (length < 2 || (this.cycles.length > 0 && this.#names + length > MOST_ON_CYCLES)) return;
    this.cycles.push(path.slice(-length).map((step) => step.task.name));
    this.#names += length;
  }
}

/** Depth first with an explicit stack: a chain of dependencies may be deeper than the call stack. */
function walk(
  start: Node,
  byName: ReadonlyMap<string, Node>,
  done: Set<string>,
  found: FoundCycles,
): void {
  const path = [{ task: start, next: 0 }];
  const depths = new Map([[start.name, 0]]);
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const name = top.task.depends_on[top.next++];
    const task = name === undefined ? undefined : byName.get(name);
    const depth = name === undefined ? undefined : depths.get(name);
    if (name === undefined) leave(top.task.name);
    else if (depth !== undefined) found.add(path, path.length - depth);
    else if (task !== undefined && !done.has(name))
      depths.set(name, path.push({ task, next: 0 }) - 1);
  }

  function leave(name: string): void {
    path.pop();
    depths.delete(name);
    done.add(name);
  }
}

function fromFirst(cycle: string[], places: ReadonlyMap<string, number>): string[] {
  const placeAt = (index: number): number => places.get(cycle[index]!) ?? 0;
  let first = 0;
  for (let index = 1; index < cycle.length; index++) {
    if (placeAt(index) < placeAt(first)) first = index;
  }
  return [...cycle.slice(first), ...cycle.slice(0, first)];
}
