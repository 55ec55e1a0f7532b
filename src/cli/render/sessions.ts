import { basename, dirname } from "node:path";
import type { Leftover, ListedSession, Prune, Ps } from "../../domain/results/sessions.ts";
import { printableLine } from "../../domain/values/printable.ts";
import { duration, roundedSize } from "../../domain/values/units.ts";
import { type Cell, paint, table, type View } from "./style.ts";

const HEADINGS = ["SESSION", "TASKS", "UPTIME", "PORTS", "MONITOR", "CONFIG"];

/** A row a session; below them, what to do about those whose config is gone. `home` is shown as `~`. */
export function renderPs({ sessions }: Ps, home: string | null, view: View): string[] {
  if (sessions.length === 0) return ["no sessions"];
  const heading = HEADINGS.map((text): Cell => ({ text, colour: "dim" }));
  const rows = sessions.map((session) => sessionRow(session, home, view.now));
  return [...table([heading, ...rows], view), ...sessions.flatMap((one) => notes(one, view))];
}

function sessionRow(one: ListedSession, home: string | null, now: number): Cell[] {
  const { session, problem, gone, ports, monitor, started_at: since } = one;
  const mark = gone === null && problem === null ? "" : "*";
  return [
    { text: `${session}${mark}`, colour: mark === "" ? null : "yellow" },
    { text: problem === null ? tasksText(one) : "?", colour: tasksColour(one) },
    { text: since === null ? "-" : duration(now - Date.parse(since)) },
    { text: ports.map(({ port }) => port).join(",") || "-" },
    { text: monitor?.kind ?? "-" },
    { text: printableLine(placeText(one.config_path, home)) },
  ];
}

const tasksText = ({ running, active_tasks: active, wanted_tasks: wanted }: ListedSession) =>
  running || active > 0 || wanted > 0 ? `${active}/${Math.max(active, wanted)}` : "-";

function tasksColour({ active_tasks: active, wanted_tasks: wanted }: ListedSession) {
  if (active < wanted) return "red";
  return active > 0 ? "green" : "dim";
}

/** The directory, if the config has its usual name there. */
function placeText(configPath: string | null, home: string | null): string {
  if (configPath === null) return "-";
  const place = basename(configPath) === "taskmux.toml" ? dirname(configPath) : configPath;
  return tilde(place, home);
}

/** A path with `~` for the home directory. */
export const tilde = (path: string, home: string | null): string =>
  home !== null && `${path}/`.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;

/** What a star means. */
function notes({ session, problem, gone, hint }: ListedSession, view: View): string[] {
  const note = problem ?? (gone === null ? null : `its ${gone} is gone: ${hint ?? ""}`);
  return note === null ? [] : [paint(`* ${session}: ${printableLine(note)}`, "yellow", view)];
}

/** A row for each thing that is left, and the sum. */
export function renderPrune(result: Prune, home: string | null, view: View): string[] {
  const { items, applied } = result;
  if (items.length === 0) return ["nothing is left of sessions that are gone"];
  const widest = Math.max(...items.map(({ bytes }) => roundedSize(bytes).length));
  const rows = items.map((item) => leftoverRow(item, widest, home));
  const deleted = items.filter((item) => item.deleted);
  const sum = applied
    ? `deleted ${sumText(deleted)}`
    : `${sumText(items)}; to delete it, add --apply`;
  return [...table(rows, view), sum];
}

function leftoverRow(item: Leftover, widest: number, home: string | null): Cell[] {
  const { path, kind, files, bytes, reason } = item;
  const what = kind === "run" ? "" : `${files} old ${files === 1 ? "log" : "logs"}, `;
  return [
    { text: roundedSize(bytes).padStart(widest) },
    { text: printableLine(tilde(path, home)) },
    { text: printableLine(`${what}${reason}`), colour: "dim" },
  ];
}

function sumText(items: readonly Leftover[]): string {
  const bytes = items.reduce((sum, item) => sum + item.bytes, 0);
  return `${roundedSize(bytes)} in ${items.length} ${items.length === 1 ? "directory" : "directories"}`;
}
