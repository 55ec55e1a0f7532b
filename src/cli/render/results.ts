import type { ErrorGroup } from "../../domain/diagnosis/digest/groups.ts";
import { errorText } from "../../domain/diagnosis/error-causes.ts";
import { checkReason, healthNote } from "../../domain/diagnosis/health-note.ts";
import { printableLine } from "../../domain/values/printable.ts";
import type { TaskState } from "../../domain/tasks/lifecycle.ts";
import type {
  Check,
  HealthReport,
  KillTask,
  SeveralTasks,
  StartAll,
  StartDaemon,
  StartTask,
  Status,
  StopAll,
  StopTask,
  TaskStatus,
} from "../../domain/results/results.ts";
import { totalsText } from "../../domain/tasks/totals.ts";
import { localSecond } from "../../domain/values/local-time.ts";
import { duration } from "../../domain/values/units.ts";
import { type Cell, type Colour, type ColumnWidths, paint, table, type View } from "./style.ts";

// Pure functions, one per result: (result, view) => lines. Errors, hints and warnings go to stderr elsewhere.

/** The colour of each state. */
export const STATE_COLOURS: Record<TaskState, Colour | null> = {
  stopped: "dim",
  starting: "yellow",
  stopping: "yellow",
  running: "green",
  unhealthy: "red",
  exited: "dim",
  failed: "red",
  backoff: "yellow",
};

const HEADINGS = ["TASK", "STATE", "UPTIME", "PORT", "URL", "RESTARTS", "HEALTH"];

/** `columns`: of a view that is drawn again and again. */
export function renderStatus(status: Status, view: View, columns?: ColumnWidths): string[] {
  if (status.tasks.length === 0) return [`${status.session}: the config has no tasks`];
  const hasUrls = status.tasks.some(({ url }) => url !== null);
  const headings = HEADINGS.filter((text) => hasUrls || text !== "URL");
  const heading = headings.map((text): Cell => ({ text, colour: "dim" }));
  const rows = status.tasks.map((task) => statusRow(task, hasUrls, view));
  const logErrors = status.tasks.filter((task) => task.log_error !== null);
  return [
    sessionLine(status, view),
    ...table([heading, ...rows], view, columns, hasUrls ? headings.indexOf("URL") : null),
    ...logErrors.map((task) => paint(`log of ${task.name}: ${task.log_error}`, "red", view)),
    ...status.tasks.flatMap((task) => staleLine(task, view)),
    ...watchLines(status, view),
  ];
}

function sessionLine({ session, running, tasks, monitor }: Status, view: View): string {
  const name = paint(session, "bold", view);
  if (!running) return `${name}: not started`;
  const watched = monitor ? `, watched by ${monitor.kind} (pid ${monitor.pid})` : "";
  return `${name}: ${totalsText(tasks)}${watched}`;
}

/** The last lines: what the stars mean. */
const staleLine = ({ name, stale_reason, hint }: TaskStatus, view: View): string[] =>
  stale_reason === null
    ? []
    : [
        paint(
          `* ${name} ${printableLine(stale_reason)}: ${printableLine(hint ?? "")}`,
          "yellow",
          view,
        ),
      ];

/** The tasks whose files are not watched now. */
function watchLines({ tasks, monitor }: Status, view: View): string[] {
  const lines = tasks.flatMap(({ name, watch }) => {
    const until = watch?.until ? ` until ${localSecond(Date.parse(watch.until))}` : "";
    const reason = printableLine(watch?.reason ?? "");
    if (watch?.state === "paused") return [`watch of ${name} is paused${until}: ${reason}`];
    return watch?.state === "failed" ? [`watch of ${name}: ${reason}`] : [];
  });
  const waiting = tasks.filter(({ watch, want }) => watch?.state === "off" && want === "up");
  if (monitor === null && waiting.length > 0) {
    const names = waiting.map(({ name }) => name).join(", ");
    lines.push(`watch of ${names}: only while a monitor runs: taskmux daemon --detach`);
  }
  return lines.map((line) => paint(line, "yellow", view));
}

function statusRow(task: TaskStatus, hasUrls: boolean, view: View): Cell[] {
  const isStale = task.stale_reason !== null;
  const uptime =
    task.pid !== null && task.started_at ? duration(view.now - Date.parse(task.started_at)) : "-";
  return [
    { text: task.name },
    { text: `${task.state}${isStale ? "*" : ""}`, colour: STATE_COLOURS[task.state] },
    { text: uptime },
    { text: String(task.port ?? task.port_wanted ?? "-") },
    ...(hasUrls ? [{ text: printableLine(task.url ?? "-") }] : []),
    { text: String(task.restarts), colour: task.restarts > 0 ? "yellow" : null },
    { text: healthNote(task), colour: task.healthy ? null : "dim" },
  ];
}

export function renderHealth(report: HealthReport, view: View): string[] {
  const rows = report.tasks.map((task): Cell[] => [
    { text: task.healthy ? "ok" : "--", colour: task.healthy ? "green" : "red" },
    { text: task.name },
    { text: task.state, colour: STATE_COLOURS[task.state] },
    { text: task.method },
    { text: printableLine(checkReason(task) ?? ""), colour: "dim" },
  ]);
  return [`${report.healthy_count} of ${report.total_count} healthy`, ...table(rows, view)];
}

type Start = StartAll | StartTask | SeveralTasks<StartTask>;

export const renderStart = (result: Start, view: View): string[] => [
  ...("daemon" in result && result.daemon ? [daemonLine(result.daemon)] : []),
  ...startLines(result, view),
];

function daemonLine({ action, kind, pid, url }: StartDaemon): string {
  const where = url === null ? "" : `: ${url}`;
  const how = action === "started" ? "started the daemon" : `already watched by ${kind}`;
  return `${how}, pid ${pid}${where}`;
}

function startLines(result: Start, view: View): string[] {
  if ("results" in result) return severalStartedLines(result.results, view);
  if ("task" in result) return [...startedLines(result, view), ...errorLines(result.errors ?? [])];
  const { action, tasks, already_running: already, skipped, failed } = result;
  const joined = "joined" in result ? (result.joined ?? []) : [];
  return [
    ...(tasks.length > 0 ? [`${paint(action, "green", view)} ${tasks.join(", ")}`] : []),
    ...joined.map((task) => joinedLine(task, view)),
    ...(already.length > 0 ? [`already running: ${already.join(", ")}`] : []),
    ...failed.flatMap((one) => failedLine({ ok: false, ...one }, view)),
    ...skippedLines(skipped, view),
    ...(tasks.length + joined.length + already.length + failed.length + skipped.length === 0
      ? ["nothing to start"]
      : []),
  ];
}

const joinedLine = (task: string, view: View): string =>
  `${paint("restarted", "green", view)} ${task}, by another command at the same time`;

/** A task is told once: as one that was named, or that was restarted after one, not as a dependency too. */
function severalStartedLines(results: readonly StartTask[], view: View): string[] {
  const dependentsOf = (one: StartTask) => ("dependents" in one ? (one.dependents ?? []) : []);
  const told = new Set(results.flatMap((one) => [one.task, ...dependentsOf(one)]));
  return results.flatMap((one) => {
    const dependencies = one.dependencies.filter((name) => !told.has(name));
    return [...startedLines({ ...one, dependencies }, view), ...failedLine(one, view)];
  });
}

function startedLines(result: StartTask, view: View): string[] {
  const after = "dependents" in result ? (result.dependents ?? []) : [];
  return [
    ...launchedLines(result, view),
    ...after.map((name) => `${paint("restarted", "green", view)} ${name}, which depends on it`),
  ];
}

function launchedLines(result: StartTask, view: View): string[] {
  const { task, action, dependencies } = result;
  const before = dependencies.map((name) => `${paint("started", "green", view)} ${name}`);
  if ("joined" in result && result.joined) return [...before, joinedLine(task, view)];
  if (action === "already_running") return [...before, `already running: ${task}`];
  return action ? [...before, `${paint(action, "green", view)} ${task}`] : before;
}

/** Tasks that wait for the same one are listed together; that one's own line shows the reason. */
function skippedLines(skipped: StartAll["skipped"], view: View): string[] {
  const byReason = Map.groupBy(skipped, ({ reason }) => reason);
  return [...byReason].map(([reason, tasks]) => {
    const names = tasks.map(({ task }) => task).join(", ");
    return `${paint(`skipped ${names}`, "yellow", view)}: ${reason}`;
  });
}

type Failed = { ok: boolean; task: string; error?: string; errors?: readonly ErrorGroup[] };

const failedLine = (
  { ok, task, error = "", errors = [] }: Failed,
  view: Pick<View, "colour">,
): string[] =>
  ok ? [] : [`${paint(`failed ${task}`, "red", view)}: ${error}`, ...errorLines(errors)];

/** What a failed launch printed. */
export const errorLines = (errors: readonly ErrorGroup[]): string[] =>
  errors.map((group) => `  ${errorText(group)}`);

/** The keys of a result about what failed: for one task, several, all, or a wait. */
export interface Outcome {
  error?: string;
  for?: unknown;
  results?: readonly { ok: boolean }[];
  tasks?: readonly unknown[];
  already_running?: readonly unknown[];
  skipped?: readonly unknown[];
  failed?: readonly unknown[];
}

/** The error line on stderr of a failed result: only the number of failures if its lines show the reasons. */
export function errorSentence({ error = "", results, failed, ...all }: Outcome): string {
  if (all.for !== undefined) return error;
  if (results) {
    const { length } = results.filter(({ ok }) => !ok);
    return `${length} of ${results.length} tasks failed`;
  }
  if (!failed) return error;
  const { tasks = [], already_running: already = [], skipped = [] } = all;
  const missing = failed.length + skipped.length;
  const count = missing + tasks.length + already.length;
  return `${missing} of ${count} tasks ${missing === 1 ? "is" : "are"} not up`;
}

export function renderStop(
  result: StopAll | StopTask | SeveralTasks<StopTask>,
  view: View,
): string[] {
  if ("results" in result)
    return result.results.flatMap((one) => [...renderStop(one, view), ...failedLine(one, view)]);
  if ("session" in result) return stopAllLines(result);
  if (result.action === "already_stopped") return [`already stopped: ${result.task}`];
  if (!result.action) return [];
  const how = result.signal === "SIGINT" ? "" : ` (it took ${result.signal})`;
  return [`stopped ${result.task}${how}`];
}

function stopAllLines({ tasks, still_running: left = [] }: StopAll): string[] {
  const nothing = left.length === 0 ? "nothing was running" : "nothing to stop";
  return [
    tasks.length === 0 ? nothing : `stopped ${tasks.join(", ")}`,
    ...(left.length === 0
      ? []
      : [`still running, of other profiles: ${left.join(", ")}; all: taskmux stop --profile '*'`]),
  ];
}

export function renderKill(result: KillTask | SeveralTasks<KillTask>, view: View): string[] {
  if ("results" in result)
    return result.results.flatMap((one) => [...renderKill(one, view), ...failedLine(one, view)]);
  if (!result.action) return [];
  return [result.action === "killed" ? `killed ${result.task}` : `already stopped: ${result.task}`];
}

export function renderCheck({ config_path, errors }: Check, view: View): string[] {
  if (errors.length === 0) return [`${config_path}: ${paint("ok", "green", view)}`];
  return errors.flatMap(({ line, column, code, message, hint }) => {
    const place = line === null ? config_path : `${config_path}:${line}:${column ?? 1}`;
    return [`${place}: ${code} ${message}`, ...(hint === null ? [] : [`  ${hint}`])];
  });
}
