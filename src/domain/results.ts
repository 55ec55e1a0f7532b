import { type Static, type TObject, type TProperties, Type } from "@sinclair/typebox";
import {
  endKeys,
  error,
  errorCodeSchema,
  lastHealthSchema,
  names,
  nullable,
  outcome,
  type outcomeKeys,
  pid,
  session,
  stateSchema,
  task,
  time,
  wantSchema,
} from "./results-parts.ts";

// The shape of every command's JSON. Use cases import only the types: TypeBox is too dear for the fast path.
// A published shape only ever gains keys.

export * from "./results-completions.ts";
export * from "./results-config.ts";
export * from "./results-daemon.ts";
export * from "./results-events.ts";
export * from "./results-init.ts";
export * from "./results-logs.ts";
export * from "./results-wait.ts";
export * from "./results-why.ts";
export { errorCodeSchema, stateSchema } from "./results-parts.ts";

const warnings = Type.Array(Type.String(), { description: "what did not go as asked, in words" });

const place = nullable(Type.Integer({ minimum: 1 }));

/** One problem of a config file, with its place. */
export const problemSchema = Type.Object({
  code: errorCodeSchema,
  message: Type.String(),
  line: place,
  column: place,
  hint: nullable(Type.String()),
});

/** What every command prints when it fails. */
export const errorSchema = Type.Object({
  ok: Type.Literal(false),
  ...error,
  errors: Type.Optional(Type.Array(problemSchema, { description: "all problems of a config" })),
});

const skipped = Type.Array(Type.Object({ task, reason: Type.String() }), {
  description: "not launched, and why",
});
const failed = Type.Array(Type.Object({ task, error: error.error, error_code: errorCodeSchema }), {
  description: "launched in vain, and why",
});

const launchedAll = <A extends "started" | "restarted">(action: A) =>
  outcome({
    session,
    action: Type.Literal(action),
    tasks: names("launched by this command"),
    already_running: names("left alone"),
    skipped,
    failed,
    warnings,
  });

const launchedOne = (action: "started" | "restarted") =>
  outcome({
    task,
    action: Type.Optional(
      Type.Union([Type.Literal(action), Type.Literal("already_running")], {
        description: "absent where the task could not be launched",
      }),
    ),
    warnings,
    dependencies: names("started before it"),
  });

/** `start`, `restart` of all tasks. */
export const startAllSchema = launchedAll("started");
export const restartAllSchema = launchedAll("restarted");
/** `start T`, `restart T`. */
export const startTaskSchema = launchedOne("started");
export const restartTaskSchema = Type.Union([launchedOne("restarted"), launchedOne("started")]);

export const signalSchema = Type.Union([
  Type.Literal("SIGINT"),
  Type.Literal("SIGTERM"),
  Type.Literal("SIGKILL"),
]);

/** `stop` of all tasks. */
export const stopAllSchema = outcome({
  session,
  action: Type.Literal("stopped"),
  tasks: names("stopped by this command"),
  warnings,
});
/** `stop T`. */
export const stopTaskSchema = outcome({
  task,
  action: Type.Optional(Type.Union([Type.Literal("stopped"), Type.Literal("already_stopped")])),
  signal: Type.Optional(nullable(signalSchema)),
  warnings,
});
/** `kill T`. */
export const killTaskSchema = outcome({
  task,
  action: Type.Optional(Type.Union([Type.Literal("killed"), Type.Literal("already_stopped")])),
});

/** Several names: one object each, as for one name. */
const each = <T extends TProperties[string]>(one: T) => outcome({ results: Type.Array(one) });
export const startTasksSchema = each(startTaskSchema);
export const restartTasksSchema = each(restartTaskSchema);
export const stopTasksSchema = each(stopTaskSchema);
export const killTasksSchema = each(killTaskSchema);

const statusKeys = {
  name: task,
  state: stateSchema,
  running: Type.Boolean({ description: "a process of the task lives" }),
  healthy: Type.Boolean({ description: "dependents may count on it" }),
  want: wantSchema,
  command: Type.String(),
  auto_start: Type.Boolean(),
  port: nullable(Type.Integer()),
  restart_policy: Type.String(),
  cwd: Type.String({ description: "absolute" }),
  depends_on: names("tasks that must be healthy first"),
  pid: nullable(pid),
  ...endKeys,
  started_at: nullable(time),
  restarts: Type.Integer({ minimum: 0 }),
  last_health: lastHealthSchema,
  log_error: nullable(Type.String({ description: "why its log can't be written" })),
};

/** A task in `status`. */
export const taskStatusSchema = Type.Object(statusKeys);

/** `status`, `list`, `ls`. */
export const statusSchema = Type.Object({
  session,
  running: Type.Boolean({ description: "the tmux session exists" }),
  active_tasks: Type.Integer({ description: "how many tasks run" }),
  config_path: Type.String({ description: "absolute" }),
  monitor: nullable(Type.Object({ pid, kind: Type.String() })),
  tasks: Type.Array(taskStatusSchema),
});

/** `health`. */
export const healthSchema = Type.Object({
  healthy_count: Type.Integer(),
  total_count: Type.Integer(),
  tasks: Type.Array(
    Type.Object({
      name: task,
      healthy: Type.Boolean(),
      state: stateSchema,
      method: Type.String(),
      reason: nullable(Type.String()),
    }),
  ),
});

/** `inspect T`. */
export const inspectSchema = Type.Object({
  ...statusKeys,
  session,
  log_file: Type.String({ description: "absolute" }),
  health_check: nullable(Type.String()),
  hooks: Type.Record(Type.String(), nullable(Type.String())),
  window_id: nullable(Type.String()),
  pane_id: nullable(Type.String()),
  pane_current_command: nullable(Type.String()),
  pane_current_path: nullable(Type.String()),
  env_keys: names("names of the task's environment variables; values are never shown"),
});

/** `check`. */
export const checkSchema = outcome({
  config_path: Type.String({ description: "absolute" }),
  errors: Type.Array(problemSchema),
  warnings,
});

/** `attach` with `--json`, after the terminal has left the session. */
export const attachSchema = Type.Object({ ok: Type.Literal(true), session, task: nullable(task) });

export type Outcome = Static<TObject<typeof outcomeKeys>>;
export type StartAll = Static<typeof startAllSchema> | Static<typeof restartAllSchema>;
export type StartTask = Static<typeof restartTaskSchema>;
export type StopAll = Static<typeof stopAllSchema>;
export type StopTask = Static<typeof stopTaskSchema>;
export type KillTask = Static<typeof killTaskSchema>;
export type SignalName = Static<typeof signalSchema>;
export type TaskStatus = Static<typeof taskStatusSchema>;
export type Status = Static<typeof statusSchema>;
export type HealthReport = Static<typeof healthSchema>;
export type Inspection = Static<typeof inspectSchema>;
export type Check = Static<typeof checkSchema>;
export type Attached = Static<typeof attachSchema>;
export type SeveralTasks<T> = Outcome & { results: T[] };
