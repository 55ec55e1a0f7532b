import type { Node } from "../domain/tasks/graph.ts";

/** A position in a layer: a task, or (null) a point where an arrow passes through to a later layer. */
export interface Slot {
  name: string | null;
  /** The slots in the next layer that this one has arrows to. */
  next: Slot[];
}

/** An arrow from a dependency to its dependent, with the slots that it passes through. */
export type Arrow = [Slot, Slot, ...Slot[]];

export interface Layered {
  /** Tasks without dependencies are in the first layer, every other task after all its dependencies. */
  layers: Slot[][];
  arrows: Arrow[];
}

/** Arranges tasks in layers with few crossing arrows. Ignores dependencies that are not among the tasks. */
export function layered(tasks: readonly Node[]): Layered {
  const depths = depthsOf(tasks);
  const slots = new Map(tasks.map(({ name }): [string, Slot] => [name, { name, next: [] }]));
  const layers: Slot[][] = [];
  const into = (depth: number, slot: Slot) => (layers[depth] ??= []).push(slot);
  for (const { name } of tasks) into(depths.get(name)!, slots.get(name)!);
  const arrows: Arrow[] = [];
  for (const { name, depends_on } of tasks) {
    for (const dependency of depends_on) {
      const from = slots.get(dependency);
      if (from === undefined || depths.get(dependency)! >= depths.get(name)!) continue;
      const way = [from];
      for (let depth = depths.get(dependency)! + 1; depth < depths.get(name)!; depth++) {
        const passing: Slot = { name: null, next: [] };
        into(depth, passing);
        way.push(passing);
      }
      way.push(slots.get(name)!);
      arrows.push(way as Arrow);
    }
  }
  for (const way of arrows) way.slice(1).forEach((slot, index) => way[index]!.next.push(slot));
  reduceCrossings(layers);
  return { layers, arrows };
}

/** The length of the longest path to each task. Stops at a cycle, which no valid config has. */
function depthsOf(tasks: readonly Node[]): Map<string, number> {
  const byName = new Map(tasks.map((task) => [task.name, task]));
  const depths = new Map<string, number>();
  const open = new Set<string>();
  const depth = (name: string): number => {
    const known = depths.get(name);
    if (known !== undefined) return known;
    if (open.has(name)) return -1;
    open.add(name);
    const before = byName.get(name)!.depends_on.filter((other) => byName.has(other));
    const found = Math.max(0, ...before.map((other) => depth(other) + 1));
    depths.set(name, found);
    return found;
  };
  for (const { name } of tasks) depth(name);
  return depths;
}

const SWEEPS = 6;

/**
 * Barycenter heuristic: moves each slot to the mean position of its neighbours, forth and back a few times, and keeps the
 * best order.
 */
function reduceCrossings(layers: Slot[][]): void {
  const before = new Map<Slot, Slot[]>();
  for (const slot of layers.flat())
    for (const next of slot.next) before.set(next, [...(before.get(next) ?? []), slot]);
  let best = layers.map((layer) => [...layer]);
  const keepBest = () => {
    if (crossings(layers) < crossings(best)) best = layers.map((layer) => [...layer]);
  };
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (let at = 1; at < layers.length; at++)
      arrange(layers[at]!, layers[at - 1]!, (slot) => before.get(slot) ?? []);
    keepBest();
    for (let at = layers.length - 2; at >= 0; at--)
      arrange(layers[at]!, layers[at + 1]!, (slot) => slot.next);
    keepBest();
  }
  best.forEach((layer, at) => layers.splice(at, 1, layer));
}

/** The number of crossings between arrows of adjacent layers. */
export function crossings(layers: readonly (readonly Slot[])[]): number {
  let count = 0;
  layers.forEach((layer, at) => {
    const places = new Map(layers[at + 1]?.map((slot, place) => [slot, place]));
    const ends = layer.map((slot) => slot.next.map((next) => places.get(next)!));
    ends.forEach((upper, place) => {
      for (const lower of ends.slice(place + 1))
        for (const a of upper) count += lower.filter((b) => b < a).length;
    });
  });
  return count;
}

function arrange(layer: Slot[], neighbours: Slot[], neighboursOf: (slot: Slot) => Slot[]): void {
  const places = new Map(neighbours.map((slot, place) => [slot, place / neighbours.length]));
  const wanted = new Map(
    layer.map((slot, place) => {
      const found = neighboursOf(slot).map((neighbour) => places.get(neighbour) ?? 0);
      const own = place / layer.length;
      return [slot, found.length === 0 ? own : found.reduce((a, b) => a + b) / found.length];
    }),
  );
  layer.sort((a, b) => wanted.get(a)! - wanted.get(b)!);
}
