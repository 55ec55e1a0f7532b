import { type Static, type TObject, type TProperties, Type } from "@sinclair/typebox";
import { startDaemonKey as daemon } from "./daemon.ts";
import {
  endKeys,
  error,
  errorCodeSchema,
  errorGroups,
  errorGroupSchema,
  lastHealthSchema,
  names,
  nullable,
  outcome,
  type outcomeKeys,
  pid,
  leftSchema,
  refusedSchema,
  session,
  siblingSchema,
  sourceSchema,
  staleKeys,
  stateSchema,
  task,
  time,
  waitsAtSchema,
  wantSchema,
  watchSchema,
  worktreeSchema,
} from "./parts.ts";

// The JSON shape of every command's result. Use cases import only the types: TypeBox is too slow to load on the fast path.
// A published shape only ever gains keys.

export * from "./addresses.ts";
export * from "./ci.ts";
export * from "./config.ts";
export * from "./daemon.ts";
export * from "./docs.ts";
export * from "./events.ts";
export * from "./init.ts";
export * from "./logs.ts";
export * from "./send.ts";
export * from "./sessions.ts";
export * from "./top.ts";
export * from "./verify.ts";
export * from "./wait.ts";
export * from "./why.ts";
export { errorCodeSchema, stateSchema } from "./parts.ts";

const warnings = Type.Array(Type.String(), {
  description: "other things that went wrong, as sentences",
});

const place = nullable(Type.Integer({ minimum: 1 }));

/** A problem in a config file, with its place. */
export const problemSchema = Type.Object({
  code: errorCodeSchema,
  message: Type.String(),
  line: place,
  column: place,
  hint: nullable(Type.String()),
});

/** The output of every command that fails. */
export const errorSchema = Type.Object({
  ok: Type.Literal(false),
  ...error,
  errors: Type.Optional(
    Type.Union([
      Type.Array(problemSchema, { description: "all problems of a config" }),
      Type.Array(errorGroupSchema, { description: "what a launch that failed printed" }),
    ]),
  ),
});

const skipped = Type.Array(Type.Object({ task, reason: Type.String() }), {
  description: "not launched, and why",
});
const failed = Type.Array(
  Type.Object({ task, error: error.error, error_code: errorCodeSchema, errors: errorGroups }),
  { description: "failed to launch, and why" },
);

const JOINED = "another command launched it after this one was asked for, so this one did not";

const launchedAll = <A extends "started" | "restarted", M extends TProperties>(
  action: A,
  more: M,
) =>
  outcome({
    session,
    action: Type.Literal(action),
    tasks: names("launched by this command"),
    already_running: names("left alone"),
    skipped,
    failed,
    warnings,
    ...more,
  });

const launchedOne = <M extends TProperties>(action: "started" | "restarted", more: M) =>
  outcome({
    task,
    action: Type.Optional(
      Type.Union([Type.Literal(action), Type.Literal("already_running")], {
        description: "absent where the task could not be launched",
      }),
    ),
    pid: Type.Optional(nullable(pid)),
    errors: errorGroups,
    warnings,
    dependencies: names("started before it"),
    ...more,
  });

/** `start`, `restart` of all tasks. */
export const startAllSchema = launchedAll("started", { daemon });
export const restartAllSchema = launchedAll("restarted", {
  joined: Type.Optional(names(JOINED)),
});
/** `start T`, `restart T`. */
export const startTaskSchema = launchedOne("started", { daemon });
export const restartTaskSchema = Type.Union([
  launchedOne("restarted", {
    joined: Type.Optional(Type.Literal(true, { description: JOINED })),
    dependents: Type.Optional(names("restarted after it, by restart_with_dependencies")),
  }),
  launchedOne("started", {}),
]);

const signalSchema = Type.Union([
  Type.Literal("SIGINT"),
  Type.Literal("SIGTERM"),
  Type.Literal("SIGKILL"),
]);

/** `stop` of all tasks. */
export const stopAllSchema = outcome({
  session,
  action: Type.Literal("stopped"),
  tasks: names("stopped by this command"),
  still_running: Type.Optional(
    names("with `--profile`: tasks of other profiles that run, so that the session lasts"),
  ),
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
  warnings: Type.Optional(warnings),
});

/** For several names: an object for each, as for one name. */
const each = <T extends TProperties[string], M extends TProperties>(one: T, more: M) =>
  outcome({ results: Type.Array(one), warnings: Type.Optional(warnings), ...more });
export const startTasksSchema = each(launchedOne("started", {}), { daemon });
export const restartTasksSchema = each(restartTaskSchema, {});
export const stopTasksSchema = each(stopTaskSchema, {});
export const killTasksSchema = each(killTaskSchema, {});

const statusKeys = {
  name: task,
  state: stateSchema,
  running: Type.Boolean({ description: "a process of the task is alive" }),
  healthy: Type.Boolean({ description: "dependents may rely on it" }),
  want: wantSchema,
  command: Type.String({ description: "what runs, else what the config says" }),
  auto_start: Type.Boolean(),
  profiles: names("a bare `start` means it only with `--profile` of one of these; empty: always"),
  port: nullable(
    Type.Integer({ description: "its port; null too as long as none was chosen for it" }),
  ),
  port_wanted: nullable(
    Type.Union([Type.Integer(), Type.String()], {
      description: 'as configured: 3000, "3000+", "auto"',
    }),
  ),
  url: nullable(Type.String({ description: "where it can be reached" })),
  restart_policy: Type.String(),
  cwd: Type.String({ description: "absolute" }),
  depends_on: names("tasks that must be healthy first"),
  pid: nullable(pid),
  ...endKeys,
  started_at: nullable(time),
  restarts: Type.Integer({ minimum: 0 }),
  last_health: lastHealthSchema,
  waits_at: waitsAtSchema,
  log_error: nullable(Type.String({ description: "why its log can't be written" })),
  refused: refusedSchema,
  ...staleKeys,
  left: leftSchema,
  watch: watchSchema,
  hint: nullable(Type.String({ description: "the command for the next step, where there is one" })),
  source: sourceSchema,
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
  worktree: worktreeSchema,
  siblings: Type.Array(siblingSchema, {
    description: "the other sessions of this git repository that run",
  }),
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

/** `attach` with `--json`, printed after the terminal has left the session. */
export const attachSchema = Type.Object({ ok: Type.Literal(true), session, task: nullable(task) });

/** `completions`. */
export const completionsSchema = Type.Object({
  ok: Type.Literal(true),
  shell: Type.String(),
  script: Type.String({ description: "for that shell to read" }),
});

export type ResultOutcome = Static<TObject<typeof outcomeKeys>>;
export type StartAll = Static<typeof startAllSchema> | Static<typeof restartAllSchema>;
export type StartTask = Static<typeof restartTaskSchema>;
export type StopAll = Static<typeof stopAllSchema>;
export type StopTask = Static<typeof stopTaskSchema>;
export type KillTask = Static<typeof killTaskSchema>;
export type TaskStatus = Static<typeof taskStatusSchema>;
export type Sibling = Static<typeof siblingSchema>;
export type Status = Static<typeof statusSchema>;
export type HealthReport = Static<typeof healthSchema>;
export type Inspection = Static<typeof inspectSchema>;
export type Check = Static<typeof checkSchema>;
export type Attached = Static<typeof attachSchema>;
export type SeveralTasks<T> = ResultOutcome & { results: T[] };
