import { type Static, type TProperties, Type } from "@sinclair/typebox";

const nullable = <T extends TProperties[string]>(schema: T) => Type.Union([schema, Type.Null()]);
const count = Type.Integer({ minimum: 0 });
const pid = Type.Integer({ minimum: 1 });
const names = Type.Array(Type.String());
const reason = Type.String();
const signal = nullable(Type.String({ description: "SIGTERM" }));

const moment = {
  ts: Type.String({ description: "ISO 8601, UTC, with Z", pattern: "Z$" }),
  session: Type.String({ description: "tmux session name" }),
};
const task = Type.String({ description: "task name" });

const ofSession = <K extends string, T extends TProperties>(event: K, fields: T) =>
  Type.Object({ ...moment, event: Type.Literal(event), ...fields });
const ofTask = <K extends string, T extends TProperties>(event: K, fields: T) =>
  ofSession(event, { task, ...fields });

/** Every kind of event that this version records. */
export const taskmuxEventSchema = Type.Union([
  ofSession("session_started", {}),
  ofSession("session_stopped", {}),
  ofTask("task_started", { pid: nullable(pid) }),
  ofTask("task_restarted", { pid: nullable(pid) }),
  ofTask("task_stopped", { signal }),
  ofTask("task_killed", {}),
  ofTask("task_exited", { exit_code: nullable(Type.Integer()), signal }),
  ofTask("task_healthy", { after_ms: Type.Number({ minimum: 0 }) }),
  ofTask("health_check_failed", { attempt: count, reason }),
  ofTask("auto_restart", { attempt: count, reason }),
  ofTask("auto_restart_failed", { reason }),
  ofTask("max_restarts_reached", { restarts: count }),
  ofTask("port_freed", { port: count, pid, command: Type.String() }),
  ofSession("hook_failed", {
    task: Type.Optional(task),
    hook: Type.String({ description: "before_start" }),
    exit_code: nullable(Type.Integer({ description: "null: ended by a signal or its limit" })),
  }),
  ofSession("config_reloaded", { added: names, changed: names, removed: names }),
  ofSession("config_invalid", { error: Type.String() }),
]);

/** One event, a line of `events -f --json` and of the events file; the last is for kinds of other versions. */
export const eventSchema = Type.Union([
  ...taskmuxEventSchema.anyOf,
  Type.Object(
    { ...moment, event: Type.String(), task: Type.Optional(task) },
    { additionalProperties: Type.Unknown() },
  ),
]);

/** `events --json`: the newest of those asked for, oldest first. */
export const eventsSchema = Type.Object({ events: Type.Array(eventSchema), count });

export type Events = Static<typeof eventsSchema>;
