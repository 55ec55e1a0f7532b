import type { TaskUsage, Top } from "../../domain/results/top.ts";
import type { UsageOrder } from "../../domain/tasks/usage.ts";
import { duration, roundedSize } from "../../domain/values/units.ts";
import { keysOf } from "./live-keys.ts";
import { fitRows } from "./live-rows.ts";
import { STATE_COLOURS } from "./results.ts";
import { type Cell, fit, paint, table, type View } from "./style.ts";

const HEADINGS = ["STATE", "CPU%", "MEMORY", "PROCS", "THREADS", "UPTIME", "PORTS"];

/** The least widths of these columns, so that they stay where they are while numbers change. */
const WIDTHS = [9, 6, 8, 5, 7, 6];

/** Columns of everything but the names, with the gaps and room for a port. */
const REST = WIDTHS.reduce((sum, width) => sum + width + 2, 0) + 2 + 5;

/** Names are cut, so that the numbers fit, but not below this width. */
const LEAST_NAME = 8;

/** A line of sums, the heading, and a row for each task. */
export function renderTop(top: Top, view: View): string[] {
  if (top.tasks.length === 0) return [`${top.session}: the config has no tasks`];
  const room = Math.max(LEAST_NAME, view.width - REST);
  const headings = ["TASK", ...HEADINGS].map((text, index): Cell => {
    const isNumber = index >= 2 && index <= 6;
    return { text: padded(text, WIDTHS[index - 1] ?? 0, isNumber), colour: "dim" };
  });
  const rows = top.tasks.map((task) => usageRow(task, room, view.now));
  return [sumLine(top, view), ...table([headings, ...rows], view)];
}

const padded = (text: string, width: number, toRight: boolean): string =>
  toRight ? text.padStart(width) : text.padEnd(width);

function sumLine({ session, tasks, total }: Top, view: View): string {
  const running = tasks.filter(({ processes }) => processes > 0).length;
  const sums = [
    `${running} of ${tasks.length} running`,
    ...(total.cpu_percent === null ? [] : [`CPU ${total.cpu_percent.toFixed(1)}%`]),
    `memory ${roundedSize(total.memory_bytes)}`,
    `${total.processes} ${total.processes === 1 ? "process" : "processes"}`,
  ];
  return fitted(`${paint(session, "bold", view)}: ${sums.join(", ")}`, view.width);
}

function usageRow(task: TaskUsage, room: number, now: number): Cell[] {
  const { state, ports, started_at: since, threads } = task;
  const isThere = task.processes > 0;
  const numbers = [
    task.cpu_percent === null ? "-" : task.cpu_percent.toFixed(1),
    roundedSize(task.memory_bytes),
    String(task.processes),
    threads === null ? "-" : String(threads),
    since === null ? "-" : duration(now - Date.parse(since)),
  ].map((text, index): Cell => {
    const shown = isThere ? text : "-";
    return { text: padded(shown, WIDTHS[index + 1] ?? 0, true), colour: isThere ? null : "dim" };
  });
  return [
    { text: fit(task.name, room) },
    { text: padded(state, WIDTHS[0] ?? 0, false), colour: STATE_COLOURS[state] },
    ...numbers,
    { text: ports.join(",") || "-", colour: ports.length > 0 ? null : "dim" },
  ];
}

/** What a live view shows. */
export interface LiveTop {
  top: Top;
  order: UsageOrder | null;
}

/** The live view, one row per line: as many tasks as fit, and the keys in the last line. */
export function topFrame({ top, order }: LiveTop, view: View, rows: number): string[] {
  const [sums = "", heading = "", ...tasks] = renderTop(top, view);
  const foot = [fitted(paint(keysLine(order), "dim", view), view.width)];
  return fitRows({ head: [sums, heading], tasks, events: [], foot }, rows).slice(0, rows);
}

const ORDER_KEYS = [
  ["c", "CPU", "cpu"],
  ["m", "memory", "memory"],
  ["n", "name", "name"],
] as const;

/** What a person may ask of the live view by a key. */
export type TopKey = UsageOrder | "leave" | "interrupt" | "suspend";

const KEYS: Readonly<Record<string, TopKey>> = {
  ...Object.fromEntries(ORDER_KEYS.map(([key, , order]) => [key, order])),
  q: "leave",
  "\u0003": "interrupt",
  "\u001a": "suspend",
};

/** The keys in what was typed; others are left out. */
export const topKeysIn = (typed: string): TopKey[] => keysOf(KEYS, typed);

function keysLine(order: UsageOrder | null): string {
  const keys = ORDER_KEYS.map(([key, text, by]) => `${key} ${text}${by === order ? "*" : ""}`);
  return `q leaves; sorted by: ${keys.join(", ")}`;
}

/** Cuts a line that is too wide, and its colours with it. */
const fitted = (line: string, width: number): string =>
  Bun.stringWidth(line) <= width ? line : fit(Bun.stripANSI(line), width);
