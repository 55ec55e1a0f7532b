import { median } from "../measure.ts";
import type { Row } from "./logs.ts";

/** What one run of a program took, ms: on the clock, and of CPU time (it and what it waited for). */
export interface Took {
  wall: number;
  cpu: number;
}

/** A row with what it should come to, and the CPU time of taskmux, ms. */
export interface Figure extends Row {
  target?: string;
  cpu?: number;
}

/** A figure of many rounds, each of which measured ours and its floor one after the other: the medians of both. */
export function figure(name: string, target: string, ours: Took[], floors: number[]): Figure {
  const [wall, floor] = [median(ours.map((took) => took.wall)), median(floors)];
  const cpu = median(ours.map((took) => took.cpu));
  return { name, ours: wall, floor, unit: "ms", ratio: wall / floor, target, cpu };
}

const COLUMNS = ["", "ours", "floor", "unit", "ratio", "target", "cpu ms"];

/** The lines of an aligned table, its head first. */
export function table(figures: readonly Figure[]): string[] {
  const rows = [COLUMNS, ...figures.map(cells)];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => row.map((cell, column) => aligned(cell, widths, column)).join("  "));
}

const aligned = (cell: string, widths: number[], column: number): string =>
  column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!);

const cells = ({ name, ours, floor, unit, ratio, target, cpu }: Figure): string[] => [
  name,
  short(ours),
  short(floor),
  unit,
  `${ratio.toFixed(2)}x`,
  target ?? "",
  cpu === undefined ? "" : short(cpu),
];

const short = (value: number): string => value.toFixed(value < 100 ? 1 : 0);
