import { ago, orderText } from "../../domain/diagnosis/why.ts";
import { errorText } from "../../domain/diagnosis/error-causes.ts";
import type { Why } from "../../domain/results/why.ts";
import { printableLine } from "../../domain/values/printable.ts";
import { STATE_COLOURS } from "./results.ts";
import { type Cell, fit, paint, table, type View } from "./style.ts";

/** One screen: the state, its causes, the facts, the task's output, and the next step. */
export function renderWhy(result: Why, view: View): string[] {
  const { task, state, summary, causes, hint } = result;
  return [
    `${paint(task, "bold", view)}: ${paint(state, STATE_COLOURS[state], view)}`,
    ...wrapped(summary, view),
    ...causes.flatMap((cause) => wrapped(`- ${printableLine(cause)}`, view)),
    "",
    ...table(factRows(result, view.now), view),
    ...saidLines(result, view),
    "",
    ...wrapped(hint, view),
  ];
}

/** Wraps a text to the screen's width; continuation lines are indented. */
function wrapped(text: string, { width }: View): string[] {
  const room = Math.max(20, width - 2);
  if (!Number.isFinite(room)) return [text];
  const [first = "", ...more] = Bun.wrapAnsi(text, room, { hard: true }).split("\n");
  return [first, ...more.map((line) => `  ${line.trim()}`)];
}

function factRows(result: Why, now: number): Cell[][] {
  const rows: [name: string, text: string | null][] = [
    ["want", wantText(result, now)],
    ["process", processText(result, now)],
    ["health", healthText(result, now)],
    ["restarts", restartText(result)],
    ["monitor", result.monitor && `${result.monitor.kind} (pid ${result.monitor.pid})`],
    ["depends on", dependencyText(result)],
    ["port", portText(result)],
    ["url", result.url],
    ["worktree", worktreeText(result)],
  ];
  const known = rows.filter(([, text]) => text !== null);
  return known.map(([name, text]) => [
    { text: name, colour: "dim" },
    { text: printableLine(text ?? "") },
  ]);
}

const wantText = ({ want, want_set }: Why, now: number): string =>
  want_set === null ? want : `${want} (${want_set.event} ${orderText(want_set, now)})`;

function processText({ pid, started_at, last_exit }: Why, now: number): string | null {
  const started = started_at === null ? "" : `, started ${ago(started_at, now)}`;
  if (pid !== null) return `pid ${pid}${started}`;
  if (last_exit === null) return null;
  const { exit_code, exit_signal, at } = last_exit;
  const how = exit_signal ?? (exit_code === null ? "gone" : `exit status ${exit_code}`);
  return at === null ? how : `${how}, ${ago(at, now)}`;
}

const healthText = ({ last_health }: Why, now: number): string | null =>
  last_health &&
  `${last_health.method}, ${ago(last_health.at, now)}: ${last_health.ok ? "ok" : (last_health.reason ?? "failed")}`;

const restartText = ({ restart_policy, restarts, max_restarts }: Why): string =>
  `${restarts} in a row${max_restarts === 0 ? "" : ` of ${max_restarts}`}, policy ${restart_policy}`;

const dependencyText = ({ depends_on }: Why): string | null =>
  depends_on.length === 0
    ? null
    : depends_on.map(({ task, state }) => `${task} (${state})`).join(", ");

function portText({ port }: Why): string | null {
  if (port === null) return null;
  const [first, ...others] = port.holders;
  if (first === undefined) return `${port.port}: no process listens`;
  const who = first.pid === null ? first.owner : `pid ${first.pid} of ${first.owner}`;
  return `${port.port}: ${who}${others.length === 0 ? "" : ` and ${others.length} more`}`;
}

const worktreeText = ({ worktree }: Why): string | null =>
  worktree && `${worktree.id}, of ${worktree.main}`;

/** The errors that are no cause; if there are no errors at all and the task isn't healthy, its last lines. */
function saidLines({ errors, last_lines, healthy }: Why, view: View): string[] {
  const others = errors.filter(({ is_cause }) => !is_cause);
  if (others.length > 0)
    return said("errors in its output, not the cause", others.map(errorLine(view.now)), view);
  if (healthy || errors.length > 0 || last_lines.length === 0) return [];
  return said(
    "its last lines",
    last_lines.map(({ text }) => text),
    view,
  );
}

const errorLine =
  (now: number) =>
  (group: Why["errors"][number]): string =>
    `${errorText(group)}, ${ago(group.last_at, now)}`;

const said = (title: string, lines: readonly string[], view: View): string[] => [
  paint(`${title}:`, "dim", view),
  ...lines.map((text) => `  ${fit(printableLine(text), view.width - 2)}`),
];
