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
  ofSession("session_started", "a start made the session", {}),
  ofSession("session_stopped", "a stop of all has ended", {}),
  ofTask("task_started", "a command launched it", { pid: nullable(pid) }),
  ofTask("task_restarted", "a command stopped it and launched it again", { pid: nullable(pid) }),
  ofTask("task_stopped", "a command stopped it; by which signal it ended", { signal }),
  ofTask("task_killed", "a command killed it", {}),
  ofTask("task_exited", "its process ended by itself; both null: nobody saw how", {
    exit_code: nullable(Type.Integer()),
    signal,
  }),
  ofTask("task_healthy", "it is ready for the first time since its launch, or healthy again", {
    after_ms: Type.Number({ minimum: 0, description: "since its launch" }),
  }),
  ofTask("health_check_failed", "a monitor's check failed, so many times in a row", {
    attempt: count,
    reason,
  }),
  ofTask("auto_restart", "a monitor restarts it, so many times in a row", {
    attempt: count,
    reason,
  }),
  ofTask("auto_restart_failed", "that restart came to nothing", { reason }),
  ofTask("max_restarts_reached", "a monitor gives it up", { restarts: count }),
  ofTask("port_freed", "an orphan that listened on its port was ended", {
    port: count,
    pid,
    command: Type.String(),
  }),
  ofSession("hook_failed", "a hook failed; one of the whole project has no task", {
    task: Type.Optional(task),
    hook: Type.String({ description: "before_start" }),
    exit_code: nullable(Type.Integer({ description: "null: ended by a signal or its limit" })),
  }),
  ofSession("config_reloaded", "a new config holds; the names of its tasks that are others", {
    added: names,
    changed: names,
    removed: names,
  }),
  ofSession("config_invalid", "a saved config was refused: the one before holds", {
    error: Type.String(),
  }),
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
