import { describeEnd, type End } from "./lifecycle.ts";

/** All that can happen (contract, section 7), in the past tense. What concerns no task has none. */
export type Happening =
  | { event: "session_started" | "session_stopped" }
  | { event: "task_started" | "task_restarted"; task: string; pid: number | null }
  /** `signal`: what ended it. */
  | { event: "task_stopped"; task: string; signal: string | null }
  | { event: "task_killed"; task: string }
  /** It ended by itself: with an exit code, by a signal, or (both null) unseen. */
  | { event: "task_exited"; task: string; exit_code: number | null; signal: string | null }
  /** For the first time since its launch, or again; `after_ms` counts from the launch. */
  | { event: "task_healthy"; task: string; after_ms: number }
  /** `attempt`: how many in a row have failed. */
  | { event: "health_check_failed"; task: string; attempt: number; reason: string }
  /** `attempt`: 1 for the first restart in a row. */
  | { event: "auto_restart"; task: string; attempt: number; reason: string }
  | { event: "auto_restart_failed"; task: string; reason: string }
  | { event: "max_restarts_reached"; task: string; restarts: number }
  /** `pid` was listening on the task's port, and was ended. */
  | { event: "port_freed"; task: string; port: number; pid: number; command: string }
  /** A global hook has no task. `exit_code` is null where a signal or its time limit ended it. */
  | { event: "hook_failed"; task?: string; hook: string; exit_code: number | null }
  /** The names of the tasks that were added, changed and removed. */
  | { event: "config_reloaded"; added: string[]; changed: string[]; removed: string[] }
  | { event: "config_invalid"; error: string };

export type EventKind = Happening["event"];

/** Something that happened, with when (ISO 8601 UTC with `Z`) and in which session. */
export type TaskmuxEvent = { ts: string; session: string } & Happening;

/** An event of a kind that this version doesn't know. */
export interface ForeignEvent {
  ts: string;
  event: string;
  session: string;
  task?: string;
}

/** What a line of the events file can be. */
export type RecordedEvent = TaskmuxEvent | ForeignEvent;

/** The event as it is recorded; `now` in epoch ms. */
export function eventOf(happening: Happening, session: string, now: number): TaskmuxEvent {
  const { event, ...fields } = happening;
  return { ts: new Date(now).toISOString(), event, session, ...fields } as TaskmuxEvent;
}

type HappeningOf<K, H = Happening> = H extends { event: infer E }
  ? K extends E
    ? H
    : never
  : never;
type FieldType =
  "number" | "string" | "number or null" | "string or null" | "string or absent" | "strings";

/** Each kind's fields: what a line must have to be taken for one. */
const fieldsOf: { [K in EventKind]: Record<Exclude<keyof HappeningOf<K>, "event">, FieldType> } = {
  session_started: {},
  session_stopped: {},
  task_started: { task: "string", pid: "number or null" },
  task_restarted: { task: "string", pid: "number or null" },
  task_stopped: { task: "string", signal: "string or null" },
  task_killed: { task: "string" },
  task_exited: { task: "string", exit_code: "number or null", signal: "string or null" },
  task_healthy: { task: "string", after_ms: "number" },
  health_check_failed: { task: "string", attempt: "number", reason: "string" },
  auto_restart: { task: "string", attempt: "number", reason: "string" },
  auto_restart_failed: { task: "string", reason: "string" },
  max_restarts_reached: { task: "string", restarts: "number" },
  port_freed: { task: "string", port: "number", pid: "number", command: "string" },
  hook_failed: { task: "string or absent", hook: "string", exit_code: "number or null" },
  config_reloaded: { added: "strings", changed: "strings", removed: "strings" },
  config_invalid: { error: "string" },
};

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;

/** The event in a line of the events file; null where it is torn, or another program's. */
export function parseEvent(line: string): RecordedEvent | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  return isEvent(value) ? value : null;
}

function isEvent(value: unknown): value is RecordedEvent {
  if (typeof value !== "object" || value === null) return false;
  const fields = value as Record<string, unknown>;
  const { ts, event, session, task } = fields;
  if (typeof ts !== "string" || !isoTime.test(ts) || Number.isNaN(Date.parse(ts))) return false;
  if (typeof event !== "string" || typeof session !== "string") return false;
  if (!Object.hasOwn(fieldsOf, event)) return isOfType(task, "string or absent");
  const wanted = Object.entries<FieldType>(fieldsOf[event as EventKind]);
  return wanted.every(([name, type]) => isOfType(fields[name], type));
}

function isOfType(value: unknown, type: FieldType): boolean {
  if (type === "strings")
    return Array.isArray(value) && value.every((one) => typeof one === "string");
  if (value === null) return type.endsWith(" or null");
  if (value === undefined) return type.endsWith(" or absent");
  return typeof value === type.split(" ")[0];
}

const isKnown = (event: RecordedEvent): event is TaskmuxEvent =>
  Object.hasOwn(fieldsOf, event.event);

/** What happened as a short phrase on one line, without time, session and task; a foreign event is its fields. */
export function describeEvent(event: RecordedEvent): string {
  return oneLine(isKnown(event) ? phraseOf(event) : foreignPhrase(event));
}

function phraseOf(event: TaskmuxEvent): string {
  switch (event.event) {
    case "session_started":
      return "session started";
    case "session_stopped":
      return "session stopped";
    case "task_started":
      return `started${pidOf(event.pid)}`;
    case "task_restarted":
      return `restarted${pidOf(event.pid)}`;
    case "task_stopped":
      return event.signal === null ? "stopped" : `stopped by ${event.signal}`;
    case "task_killed":
      return "killed";
    case "task_exited":
      return describeEnd(endOf(event.exit_code, event.signal));
    case "task_healthy":
      return `healthy ${(event.after_ms / 1000).toFixed(1)}s after its launch`;
    case "health_check_failed":
      return `health check failed (${event.attempt} in a row): ${event.reason}`;
    case "auto_restart":
      return `automatic restart ${event.attempt}: ${event.reason}`;
    case "auto_restart_failed":
      return `automatic restart failed: ${event.reason}`;
    case "max_restarts_reached":
      return `given up after ${event.restarts} ${event.restarts === 1 ? "restart" : "restarts"} in a row`;
    case "port_freed":
      return `port ${event.port} freed: pid ${event.pid} was ended: ${event.command}`;
    case "hook_failed":
      return `hook ${event.hook} ${event.exit_code === null ? "was ended" : `failed with status ${event.exit_code}`}`;
    case "config_reloaded":
      return `config reloaded${changesOf(event)}`;
    case "config_invalid":
      return `config is invalid: ${event.error}`;
  }
}

const pidOf = (pid: number | null): string => (pid === null ? "" : `, pid ${pid}`);

function endOf(exitCode: number | null, signal: string | null): End {
  if (signal !== null) return { kind: "signal", signal, at: 0 };
  return exitCode === null ? { kind: "lost" } : { kind: "exit", status: exitCode, at: 0 };
}

function changesOf(change: { added: string[]; changed: string[]; removed: string[] }): string {
  const parts = (["added", "changed", "removed"] as const)
    .filter((what) => change[what].length > 0)
    .map((what) => `${what} ${change[what].join(", ")}`);
  return parts.length === 0 ? "" : `: ${parts.join("; ")}`;
}

/** Beside its fields, an event has these. */
const COMMON = ["ts", "event", "session", "task"];

function foreignPhrase(event: ForeignEvent): string {
  const own = Object.entries(event).filter(([name]) => !COMMON.includes(name));
  return [event.event, ...own.map(([name, value]) => `${name}=${JSON.stringify(value)}`)].join(" ");
}

/** Several lines (a hook's output in a reason) become one, and nothing in it is obeyed by a terminal. */
const oneLine = (text: string): string => text.replace(/[\x00-\x1f\x7f-\x9f]+/g, " ").trim();
