import type { Node } from "../domain/graph.ts";
import { type Arrow, type Layered, layered, type Slot } from "./graph-layers.ts";

/** A task's box; pixels, `x` and `y` of its upper left corner. */
export interface Box {
  name: string;
  /** The name, cut where it is too long. */
  label: string;
  x: number;
  y: number;
  width: number;
}

export interface Layout {
  width: number;
  height: number;
  boxes: Box[];
  /** From a dependency to its dependent; `path` is that of an SVG. */
  edges: { from: string; to: string; path: string }[];
}

/** What a box needs: its height, the width of a letter, and the width of all that is beside them. */
export const boxHeight = 28;
const letter = 7.25;
const beside = 32;
const longest = 24;

const gap = 12;
const layerGap = { across: 44, down: 34 };
/** What an arrow that passes through a layer takes. */
const passage = 10;

/** Places of slots, of their middle. */
type Places = Map<Slot, { x: number; y: number; width: number }>;

/**
 * Draws tasks from left to right, or from top to bottom where `room` (pixels) isn't wide enough for that. Nothing is wider
 * than `room`, as long as a box isn't. What nothing depends on, and depends on nothing, stands below the others.
 */
export function layoutOf(tasks: readonly Node[], room: number): Layout {
  const names = new Set(tasks.map(({ name }) => name));
  const needed = new Set(tasks.flatMap(({ depends_on }) => depends_on));
  const isLinked = ({ name, depends_on }: Node) =>
    needed.has(name) || depends_on.some((other) => names.has(other));
  const graph = layered(tasks.filter(isLinked));
  const alone: Slot[] = tasks
    .filter((task) => !isLinked(task))
    .map(({ name }) => ({ name, next: [] }));

  const isWide = widthAcross(graph) <= room;
  const places = isWide ? across(graph) : down(graph, room);
  const edges = graph.arrows.map((arrow) => edgeOf(arrow, places, isWide));
  const bottom = Math.max(0, ...[...places.values()].map(({ y }) => y + boxHeight / 2));
  flow(alone, places, bottom === 0 ? 0 : bottom + gap * 1.5, room);
  return { ...extentOf(places), boxes: boxesOf(places), edges };
}

const labelOf = (name: string): string =>
  name.length > longest ? `${name.slice(0, longest - 1)}…` : name;

const widthOf = ({ name }: Slot): number =>
  name === null ? passage : Math.ceil(beside + labelOf(name).length * letter);

const layerWidth = (layer: Slot[]): number => Math.max(...layer.map(widthOf));

const widthAcross = ({ layers }: Layered): number =>
  layers.reduce((sum, layer) => sum + layerWidth(layer) + layerGap.across, -layerGap.across);

/** Layers as columns, each in the middle of the height, its boxes of one width. */
function across({ layers }: Layered): Places {
  const heightOf = (slot: Slot) => (slot.name === null ? passage : boxHeight);
  const total = (layer: Slot[]) => layer.reduce((sum, slot) => sum + heightOf(slot) + gap, -gap);
  const height = Math.max(0, ...layers.map(total));
  const places: Places = new Map();
  let x = 0;
  for (const layer of layers) {
    const width = layerWidth(layer);
    let y = (height - total(layer)) / 2;
    for (const slot of layer) {
      places.set(slot, { x: x + width / 2, y: y + heightOf(slot) / 2, width });
      y += heightOf(slot) + gap;
    }
    x += width + layerGap.across;
  }
  return places;
}

/** Layers as rows, or several rows where one isn't wide enough, each in the middle of the room. */
function down({ layers }: Layered, room: number): Places {
  const places: Places = new Map();
  let y = 0;
  for (const layer of layers) {
    for (const row of rowsOf(layer, room)) {
      placeRow(row, places, y, (room - rowWidth(row)) / 2);
      y += boxHeight + gap;
    }
    y += layerGap.down - gap;
  }
  return places;
}

function flow(slots: Slot[], places: Places, top: number, room: number): void {
  rowsOf(slots, room).forEach((row, index) =>
    placeRow(row, places, top + index * (boxHeight + gap), 0),
  );
}

const rowWidth = (row: Slot[]): number =>
  row.reduce((sum, slot) => sum + widthOf(slot) + gap, -gap);

function rowsOf(slots: Slot[], room: number): Slot[][] {
  const rows: Slot[][] = [];
  for (const slot of slots) {
    const row = rows.at(-1);
    if (row !== undefined && rowWidth([...row, slot]) <= room) row.push(slot);
    else rows.push([slot]);
  }
  return rows;
}

function placeRow(row: Slot[], places: Places, y: number, left: number): void {
  let x = left;
  for (const slot of row) {
    places.set(slot, { x: x + widthOf(slot) / 2, y: y + boxHeight / 2, width: widthOf(slot) });
    x += widthOf(slot) + gap;
  }
}

/** Leaves a box at the side where the next layer is, and bends half way. */
function edgeOf(arrow: Arrow, places: Places, isWide: boolean): Layout["edges"][number] {
  const ends = (slot: Slot) => {
    const { x, y, width } = places.get(slot)!;
    const half = isWide ? width / 2 : slot.name === null ? 0 : boxHeight / 2;
    return isWide
      ? { in: [x - half, y] as const, out: [x + half, y] as const }
      : { in: [x, y - half] as const, out: [x, y + half] as const };
  };
  const [first, ...rest] = arrow;
  let path = `M${point(ends(first).out)}`;
  let [x, y] = ends(first).out;
  for (const slot of rest) {
    const { in: to, out } = ends(slot);
    const [first, second] = isWide
      ? ([
          [(x + to[0]) / 2, y],
          [(x + to[0]) / 2, to[1]],
        ] as const)
      : ([
          [x, (y + to[1]) / 2],
          [to[0], (y + to[1]) / 2],
        ] as const);
    path += `C${point(first)} ${point(second)} ${point(to)}`;
    // Straight through what it passes.
    if (slot.name === null) path += `L${point(out)}`;
    [x, y] = out;
  }
  return { from: first.name!, to: rest.at(-1)!.name!, path };
}

const point = ([x, y]: readonly [number, number]): string => `${round(x)},${round(y)}`;
const round = (value: number): number => Math.round(value * 10) / 10;

function boxesOf(places: Places): Box[] {
  return [...places].flatMap(([{ name }, { x, y, width }]) =>
    name === null
      ? []
      : [{ name, label: labelOf(name), x: x - width / 2, y: y - boxHeight / 2, width }],
  );
}

function extentOf(places: Places): { width: number; height: number } {
  const all = [...places.values()];
  return {
    width: Math.ceil(Math.max(0, ...all.map(({ x, width }) => x + width / 2))),
    height: Math.ceil(Math.max(0, ...all.map(({ y }) => y + boxHeight / 2))),
  };
}
