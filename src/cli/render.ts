import { healthNote, oneLine } from "../domain/health-note.ts";
import type { TaskState } from "../domain/lifecycle.ts";
import type {
  Check,
  HealthReport,
  KillTask,
  SeveralTasks,
  StartAll,
  StartTask,
  Status,
  StopAll,
  StopTask,
  TaskStatus,
} from "../domain/results.ts";
import { duration } from "../domain/units.ts";
import { type Cell, type Colour, paint, table, type View } from "./style.ts";

// One pure function a result: (result, view) => lines. Errors, hints and warnings go to stderr, not here.

/** A state's colour, wherever it is shown. */
export const STATE_COLOURS: Record<TaskState, Colour | null> = {
  stopped: "dim",
  starting: "yellow",
  running: "green",
  unhealthy: "red",
  exited: "dim",
  failed: "red",
  backoff: "yellow",
};

const HEADINGS = ["TASK", "STATE", "UPTIME", "PORT", "RESTARTS", "HEALTH"];

export function renderStatus(status: Status, view: View): string[] {
  if (status.tasks.length === 0) return [`${status.session}: the config has no tasks`];
  const heading = HEADINGS.map((text): Cell => ({ text, colour: "dim" }));
  const rows = status.tasks.map((task) => statusRow(task, view));
  const logErrors = status.tasks.filter((task) => task.log_error !== null);
  return [
    sessionLine(status, view),
    ...table([heading, ...rows], view),
    ...logErrors.map((task) => paint(`log of ${task.name}: ${task.log_error}`, "red", view)),
  ];
}

function sessionLine(
  { session, running, active_tasks, tasks, monitor }: Status,
  view: View,
): string {
  const name = paint(session, "bold", view);
  if (!running) return `${name}: not started`;
  const watched = monitor ? `, watched by ${monitor.kind} (pid ${monitor.pid})` : "";
  return `${name}: ${active_tasks} of ${tasks.length} running${watched}`;
}

function statusRow(task: TaskStatus, view: View): Cell[] {
  const uptime =
    task.running && task.started_at ? duration(view.now - Date.parse(task.started_at)) : "-";
  return [
    { text: task.name },
    { text: task.state, colour: STATE_COLOURS[task.state] },
    { text: uptime },
    { text: task.port === null ? "-" : String(task.port) },
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
    { text: oneLine(task.reason ?? ""), colour: "dim" },
  ]);
  return [`${report.healthy_count} of ${report.total_count} healthy`, ...table(rows, view)];
}

export function renderStart(
  result: StartAll | StartTask | SeveralTasks<StartTask>,
  view: View,
): string[] {
  if ("results" in result) return result.results.flatMap((one) => renderStart(one, view));
  if ("task" in result) return taskLine(result, view);
  const { action, tasks, already_running: already, skipped, failed } = result;
  return [
    ...(tasks.length > 0 ? [`${paint(action, "green", view)} ${tasks.join(", ")}`] : []),
    ...(already.length > 0 ? [`already running: ${already.join(", ")}`] : []),
    ...failed.map(({ task, error }) => `${paint(`failed ${task}`, "red", view)}: ${error}`),
    ...skipped.map(({ task, reason }) => `${paint(`skipped ${task}`, "yellow", view)}: ${reason}`),
    ...(tasks.length + already.length + failed.length + skipped.length === 0
      ? ["nothing to start"]
      : []),
  ];
}

function taskLine({ task, action, dependencies, error }: StartTask, view: View): string[] {
  const before = dependencies.map((name) => `${paint("started", "green", view)} ${name}`);
  if (action === "already_running") return [...before, `already running: ${task}`];
  if (action) return [...before, `${paint(action, "green", view)} ${task}`];
  return [...before, `${paint(`failed ${task}`, "red", view)}: ${error ?? ""}`];
}

export function renderStop(result: StopAll | StopTask | SeveralTasks<StopTask>): string[] {
  if ("results" in result) return result.results.flatMap((one) => renderStop(one));
  if ("session" in result) {
    return [
      result.tasks.length === 0 ? "nothing was running" : `stopped ${result.tasks.join(", ")}`,
    ];
  }
  if (result.action === "already_stopped") return [`already stopped: ${result.task}`];
  if (!result.action) return [];
  const how = result.signal === "SIGINT" ? "" : ` (it took ${result.signal})`;
  return [`stopped ${result.task}${how}`];
}

export function renderKill(result: KillTask | SeveralTasks<KillTask>): string[] {
  if ("results" in result) return result.results.flatMap((one) => renderKill(one));
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
