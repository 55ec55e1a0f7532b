import type { Static } from "@sinclair/typebox";
import type { taskmuxEventSchema } from "./results/events.ts";
import { describeEnd, type End } from "./tasks/lifecycle.ts";
import { printableLine } from "./values/printable.ts";
import { exactDuration } from "./values/units.ts";

/** An event with its time (ISO 8601, UTC with `Z`) and its session. `results/events.ts` says what each kind means. */
export type TaskmuxEvent = Static<typeof taskmuxEventSchema>;

/** Everything that is recorded as an event, in the past tense. An event that concerns no task has no `task`. */
export type EventBody = BodyOf<TaskmuxEvent>;

type BodyOf<E> = E extends unknown ? Omit<E, "ts" | "session"> : never;

export type EventKind = EventBody["event"];

type EventOf<K> = Extract<TaskmuxEvent, { event: K }>;

/** An event of a kind that this version doesn't know. */
export interface ForeignEvent {
  ts: string;
  event: string;
  session: string;
  task?: string;
}

/** Any event in a line of the events file. */
export type RecordedEvent = TaskmuxEvent | ForeignEvent;

/** The event as recorded; `now` in epoch ms. */
export function eventOf(body: EventBody, session: string, now: number): TaskmuxEvent {
  const { event, ...fields } = body;
  return { ts: new Date(now).toISOString(), event, session, ...fields } as TaskmuxEvent;
}

/** Adds who ordered an event, for the kinds that have `by`. */
export const orderedBy = (body: EventBody, actor: () => string): EventBody =>
  Object.hasOwn(FIELDS_OF[body.event], "by") ? ({ ...body, by: actor() } as EventBody) : body;

type FieldType =
  | "number"
  | "string"
  | "number or null"
  | "string or null"
  | "string or absent"
  | "numbers"
  | "strings";

type FieldTypeOf<E, F extends keyof E> =
  object extends Pick<E, F>
    ? "string or absent"
    : E[F] extends (infer T)[]
      ? `${T extends number ? "number" : "string"}s`
      : `${E[F] extends number | null ? "number" : "string"}${null extends E[F] ? " or null" : ""}`;

type FieldsOf<E> = { [F in Exclude<keyof E, "ts" | "session" | "event">]-?: FieldTypeOf<E, F> };

/** The fields of each kind: a line must have all of them to be read as this kind. */
const FIELDS_OF: { [K in EventKind]: FieldsOf<EventOf<K>> } = {
  session_started: {},
  session_stopped: {},
  task_started: { task: "string", pid: "number or null", by: "string or absent" },
  task_restarted: {
    task: "string",
    pid: "number or null",
    cause: "string or absent",
    path: "string or absent",
    by: "string or absent",
  },
  task_signaled: { task: "string", signal: "string", path: "string", by: "string or absent" },
  watch_paused: { task: "string", restarts: "number", path: "string", until: "string" },
  watch_failed: { task: "string", reason: "string" },
  task_stopped: { task: "string", signal: "string or null", by: "string or absent" },
  task_killed: { task: "string", by: "string or absent" },
  task_refused: { task: "string", reason: "string" },
  task_exited: { task: "string", exit_code: "number or null", signal: "string or null" },
  task_detached: { task: "string", pids: "numbers" },
  task_healthy: { task: "string", after_ms: "number" },
  health_check_failed: { task: "string", attempt: "number", reason: "string" },
  auto_restart: { task: "string", attempt: "number", reason: "string" },
  auto_restart_failed: { task: "string", reason: "string" },
  max_restarts_reached: { task: "string", restarts: "number" },
  port_freed: {
    task: "string",
    port: "number",
    pid: "number",
    command: "string",
    by: "string or absent",
  },
  port_changed: { task: "string", from: "number", to: "number", held_by: "string" },
  hook_failed: { task: "string or absent", hook: "string", exit_code: "number or null" },
  config_reloaded: { added: "strings", changed: "strings", removed: "strings" },
  config_invalid: { error: "string" },
};

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;

/** Parses a line of the events file; null if it is incomplete or no event. */
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
  if (typeof ts !== "string" || !ISO_TIME.test(ts) || Number.isNaN(Date.parse(ts))) return false;
  if (typeof event !== "string" || typeof session !== "string") return false;
  if (!Object.hasOwn(FIELDS_OF, event)) return isOfType(task, "string or absent");
  const wanted = Object.entries<FieldType>(FIELDS_OF[event as EventKind]);
  return wanted.every(([name, type]) => isOfType(fields[name], type));
}

function isOfType(value: unknown, type: FieldType): boolean {
  if (type === "strings" || type === "numbers")
    return Array.isArray(value) && value.every((one) => `${typeof one}s` === type);
  if (value === null) return type.endsWith(" or null");
  if (value === undefined) return type.endsWith(" or absent");
  return typeof value === type.split(" ")[0];
}

const isKnown = (event: RecordedEvent): event is TaskmuxEvent =>
  Object.hasOwn(FIELDS_OF, event.event);

/** An event as a short phrase on one line, without time, session and task; for a foreign event, its fields. */
export function describeEvent(event: RecordedEvent): string {
  return printableLine(
    isKnown(event) ? `${phraseOf(event)}${orderOf(event)}` : foreignPhrase(event),
  );
}

const orderOf = (event: TaskmuxEvent): string =>
  "by" in event && event.by !== undefined ? ` (by ${event.by})` : "";

const phrases: { [K in EventKind]: (event: EventOf<K>) => string } = {
  session_started: () => "session started",
  session_stopped: () => "session stopped",
  task_started: (event) => `started${pidOf(event.pid)}`,
  task_restarted: (event) => `restarted${pidOf(event.pid)}${causeOf(event.path)}`,
  task_signaled: (event) => `got ${event.signal}${causeOf(event.path)}`,
  watch_paused: (event) =>
    `its watch pauses for a minute after ${event.restarts} restarts in a row${causeOf(event.path)}`,
  watch_failed: (event) => `files are not watched: ${event.reason}`,
  task_stopped: (event) => (event.signal === null ? "stopped" : `stopped by ${event.signal}`),
  task_killed: () => "killed",
  task_refused: (event) => `not launched: ${event.reason}`,
  task_exited: (event) => describeEnd(asEnd(event.exit_code, event.signal)),
  task_detached: (event) => `went to the background: pid ${event.pids.join(", ")}`,
  task_healthy: (event) => `healthy ${exactDuration(event.after_ms)} after its launch`,
  health_check_failed: (event) =>
    `health check failed (${event.attempt} in a row): ${event.reason}`,
  auto_restart: (event) => `automatic restart ${event.attempt}: ${event.reason}`,
  auto_restart_failed: (event) => `automatic restart failed: ${event.reason}`,
  max_restarts_reached: (event) =>
    `given up after ${event.restarts} ${event.restarts === 1 ? "restart" : "restarts"} in a row`,
  port_freed: (event) => `port ${event.port} freed: pid ${event.pid} was ended: ${event.command}`,
  port_changed: (event) =>
    `port changed from ${event.from}, which is held by ${event.held_by}, to ${event.to}`,
  hook_failed: (event) =>
    `hook ${event.hook} ${event.exit_code === null ? "was ended" : `failed with status ${event.exit_code}`}`,
  config_reloaded: (event) => `config reloaded${changesOf(event)}`,
  config_invalid: (event) => `config is invalid: ${event.error}`,
};

const phraseOf = <K extends EventKind>(event: EventOf<K>): string =>
  (phrases[event.event] as (event: EventOf<K>) => string)(event);

const causeOf = (path?: string): string => (path === undefined ? "" : `: ${path} has changed`);

const pidOf = (pid: number | null): string => (pid === null ? "" : `, pid ${pid}`);

function asEnd(exitCode: number | null, signal: string | null): End {
  if (signal !== null) return { kind: "signal", signal, at: 0 };
  return exitCode === null ? { kind: "lost" } : { kind: "exit", status: exitCode, at: 0 };
}

function changesOf(change: { added: string[]; changed: string[]; removed: string[] }): string {
  const parts = (["added", "changed", "removed"] as const)
    .filter((what) => change[what].length > 0)
    .map((what) => `${what} ${change[what].join(", ")}`);
  return parts.length === 0 ? "" : `: ${parts.join("; ")}`;
}

/** The fields that all events share. */
const COMMON = ["ts", "event", "session", "task"];

function foreignPhrase(event: ForeignEvent): string {
  const own = Object.entries(event).filter(([name]) => !COMMON.includes(name));
  return [event.event, ...own.map(([name, value]) => `${name}=${JSON.stringify(value)}`)].join(" ");
}
