import type { Node } from "../domain/tasks/graph.ts";
import { type Arrow, type Layered, layered, type Slot } from "./graph-layers.ts";

/** A task's box in pixels; `x` and `y` of its upper left corner. */
export interface Box {
  name: string;
  /** The name, shortened if it is too long. */
  label: string;
  x: number;
  y: number;
  width: number;
}

export interface Layout {
  width: number;
  height: number;
  boxes: Box[];
  /** From a dependency to its dependent; `path` is an SVG path. */
  edges: { from: string; to: string; path: string }[];
}

/** Size of a box: its height, the width of a character, and the space around the label. */
export const BOX_HEIGHT = 28;
const LETTER_WIDTH = 7.25;
const LABEL_PADDING = 32;
const LONGEST = 24;

const GAP = 12;
const LAYER_GAP = { across: 44, down: 34 };
/** Space for an arrow that passes through a layer. */
const EDGE_GAP = 10;

/** Centres of slots. */
type Places = Map<Slot, { x: number; y: number; width: number }>;

/**
 * Lays out tasks from left to right, or from top to bottom if `availableWidth` (pixels) is too narrow. The drawing is never
 * wider than `availableWidth`, unless a single box is. Isolated tasks are placed below the others.
 */
export function layoutOf(tasks: readonly Node[], availableWidth: number): Layout {
  const names = new Set(tasks.map(({ name }) => name));
  const needed = new Set(tasks.flatMap(({ depends_on }) => depends_on));
  const isLinked = ({ name, depends_on }: Node) =>
    needed.has(name) || depends_on.some((other) => names.has(other));
  const graph = layered(tasks.filter(isLinked));
  const alone: Slot[] = tasks
    .filter((task) => !isLinked(task))
    .map(({ name }) => ({ name, next: [] }));

  const isWide = widthAcross(graph) <= availableWidth;
  const places = isWide ? across(graph) : down(graph, availableWidth);
  const edges = graph.arrows.map((arrow) => edgeOf(arrow, places, isWide));
  const bottom = Math.max(0, ...[...places.values()].map(({ y }) => y + BOX_HEIGHT / 2));
  flow(alone, places, bottom === 0 ? 0 : bottom + GAP * 1.5, availableWidth);
  return { ...extentOf(places), boxes: boxesOf(places), edges };
}

const labelOf = (name: string): string =>
  name.length > LONGEST ? `${name.slice(0, LONGEST - 1)}…` : name;

const widthOf = ({ name }: Slot): number =>
  name === null ? EDGE_GAP : Math.ceil(LABEL_PADDING + labelOf(name).length * LETTER_WIDTH);

const layerWidth = (layer: Slot[]): number => Math.max(...layer.map(widthOf));

const widthAcross = ({ layers }: Layered): number =>
  layers.reduce((sum, layer) => sum + layerWidth(layer) + LAYER_GAP.across, -LAYER_GAP.across);

/** Layers as columns, vertically centred, with boxes of equal width. */
function across({ layers }: Layered): Places {
  const heightOf = (slot: Slot) => (slot.name === null ? EDGE_GAP : BOX_HEIGHT);
  const total = (layer: Slot[]) => layer.reduce((sum, slot) => sum + heightOf(slot) + GAP, -GAP);
  const height = Math.max(0, ...layers.map(total));
  const places: Places = new Map();
  let x = 0;
  for (const layer of layers) {
    const width = layerWidth(layer);
    let y = (height - total(layer)) / 2;
    for (const slot of layer) {
      places.set(slot, { x: x + width / 2, y: y + heightOf(slot) / 2, width });
      y += heightOf(slot) + GAP;
    }
    x += width + LAYER_GAP.across;
  }
  return places;
}

/** Layers as rows, wrapped if they are too wide, horizontally centred. */
function down({ layers }: Layered, availableWidth: number): Places {
  const places: Places = new Map();
  let y = 0;
  for (const layer of layers) {
    for (const row of rowsOf(layer, availableWidth)) {
      placeRow(row, places, y, (availableWidth - rowWidth(row)) / 2);
      y += BOX_HEIGHT + GAP;
    }
    y += LAYER_GAP.down - GAP;
  }
  return places;
}

function flow(slots: Slot[], places: Places, top: number, availableWidth: number): void {
  rowsOf(slots, availableWidth).forEach((row, index) =>
    placeRow(row, places, top + index * (BOX_HEIGHT + GAP), 0),
  );
}

const rowWidth = (row: Slot[]): number =>
  row.reduce((sum, slot) => sum + widthOf(slot) + GAP, -GAP);

function rowsOf(slots: Slot[], availableWidth: number): Slot[][] {
  const rows: Slot[][] = [];
  for (const slot of slots) {
    const row = rows.at(-1);
    if (row !== undefined && rowWidth([...row, slot]) <= availableWidth) row.push(slot);
    else rows.push([slot]);
  }
  return rows;
}

function placeRow(row: Slot[], places: Places, y: number, left: number): void {
  let x = left;
  for (const slot of row) {
    places.set(slot, { x: x + widthOf(slot) / 2, y: y + BOX_HEIGHT / 2, width: widthOf(slot) });
    x += widthOf(slot) + GAP;
  }
}

/** The path of an arrow: leaves the box towards the next layer, and bends half way. */
function edgeOf(arrow: Arrow, places: Places, isWide: boolean): Layout["edges"][number] {
  const ends = (slot: Slot) => {
    const { x, y, width } = places.get(slot)!;
    const half = isWide ? width / 2 : slot.name === null ? 0 : BOX_HEIGHT / 2;
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
    // Passes straight through an intermediate slot.
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
      : [{ name, label: labelOf(name), x: x - width / 2, y: y - BOX_HEIGHT / 2, width }],
  );
}

function extentOf(places: Places): { width: number; height: number } {
  const all = [...places.values()];
  return {
    width: Math.ceil(Math.max(0, ...all.map(({ x, width }) => x + width / 2))),
    height: Math.ceil(Math.max(0, ...all.map(({ y }) => y + BOX_HEIGHT / 2))),
  };
}
