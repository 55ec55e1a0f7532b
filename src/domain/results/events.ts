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
const by = Type.Optional(
  Type.String({ description: "who ordered it; missing in events of older versions" }),
);

const ofSession = <K extends string, T extends TProperties>(
  event: K,
  description: string,
  fields: T,
) => Type.Object({ ...moment, event: Type.Literal(event), ...fields }, { description });
const ofTask = <K extends string, T extends TProperties>(
  event: K,
  description: string,
  fields: T,
) => ofSession(event, description, { task, ...fields });

/** Every kind of event that this version records. */
export const taskmuxEventSchema = Type.Union([
  ofSession("session_started", "a start created the session", {}),
  ofSession("session_stopped", "a stop of all tasks has completed", {}),
  ofTask("task_started", "a command launched it", { pid: nullable(pid), by }),
  ofTask("task_restarted", "a command, or a monitor for a change of files, launched it again", {
    pid: nullable(pid),
    cause: Type.Optional(Type.String({ description: "watch: a watched file has changed" })),
    path: Type.Optional(Type.String({ description: "the file that changed first" })),
    by,
  }),
  ofTask("task_signaled", "a monitor sent it a signal, since a watched file has changed", {
    signal: Type.String({ description: "SIGHUP" }),
    path: Type.String({ description: "the file that changed first" }),
    by,
  }),
  ofTask("watch_paused", "changes restarted it too often; a monitor ignores them for a minute", {
    restarts: count,
    path: Type.String({ description: "the file that changed first" }),
    until: Type.String({ description: "ISO 8601, UTC, with Z" }),
  }),
  ofTask("watch_failed", "a monitor can't watch its files", { reason }),
  ofTask("task_stopped", "a command stopped it; the signal that ended it", { signal, by }),
  ofTask("task_killed", "a command killed it", { by }),
  ofTask("task_refused", "a command could not launch it", { reason }),
  ofTask("task_exited", "its process ended by itself; both null: how is unknown", {
    exit_code: nullable(Type.Integer()),
    signal,
  }),
  ofTask("task_detached", "its command ended with 0 and left these processes running", {
    pids: Type.Array(pid),
  }),
  ofTask("task_healthy", "it is ready for the first time since its launch, or healthy again", {
    after_ms: Type.Number({ minimum: 0, description: "since its launch" }),
  }),
  ofTask("health_check_failed", "a monitor's health check failed; attempt: failures in a row", {
    attempt: count,
    reason,
  }),
  ofTask("auto_restart", "a monitor restarts it; attempt: restarts in a row", {
    attempt: count,
    reason,
  }),
  ofTask("auto_restart_failed", "that restart failed", { reason }),
  ofTask("max_restarts_reached", "a monitor gives it up", { restarts: count }),
  ofTask("port_freed", "an orphan of this project that listened on its port was ended", {
    port: count,
    pid,
    command: Type.String(),
    by,
  }),
  ofTask("port_changed", "a start chose another port, since something else holds the one it had", {
    from: Type.Integer({ minimum: 1 }),
    to: Type.Integer({ minimum: 1 }),
    held_by: Type.String({ description: "what holds the old port, in words" }),
  }),
  ofSession("hook_failed", "a hook failed; a global hook has no task", {
    task: Type.Optional(task),
    hook: Type.String({ description: "before_start" }),
    exit_code: nullable(Type.Integer({ description: "null: ended by a signal or its limit" })),
  }),
  ofSession("config_reloaded", "a new config was applied; the names of the tasks that differ", {
    added: names,
    changed: names,
    removed: names,
  }),
  ofSession("config_invalid", "a saved config is invalid; the previous one stays in use", {
    error: Type.String(),
  }),
]);

/** An event: a line of `events -f --json` and of the events file. The last form is for events of other versions. */
export const eventSchema = Type.Union([
  ...taskmuxEventSchema.anyOf,
  Type.Object(
    { ...moment, event: Type.String(), task: Type.Optional(task) },
    { additionalProperties: Type.Unknown() },
  ),
]);

/** `events --json`: the newest matching events, oldest first. */
export const eventsSchema = Type.Object({ events: Type.Array(eventSchema), count });

export type Events = Static<typeof eventsSchema>;
