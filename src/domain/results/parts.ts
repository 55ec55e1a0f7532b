import { type TObject, type TProperties, Type } from "@sinclair/typebox";
import { ERROR_CODES } from "../failure.ts";

// Parts that several commands' results share.

export const nullable = <T extends TProperties[string]>(schema: T) =>
  Type.Union([schema, Type.Null()]);
export const names = (description: string) => Type.Array(Type.String(), { description });
export const time = Type.String({ description: "ISO 8601, UTC, with Z", pattern: "Z$" });
export const session = Type.String({ description: "tmux session name" });
export const task = Type.String({ description: "task name" });
export const pid = Type.Integer({ minimum: 1 });

/** The code of an error, `E200`. */
export const errorCodeSchema = Type.Unsafe<keyof typeof ERROR_CODES>(
  Type.String({ enum: Object.keys(ERROR_CODES) }),
);

/** The keys that describe an error. */
export const error = {
  error: Type.String({ description: "a sentence" }),
  error_code: errorCodeSchema,
  hint: Type.Optional(Type.String({ description: "the next step" })),
};

/** A result with `ok`: if `ok` is false, it has the keys of an error as well. */
export const outcome = <T extends TProperties>(properties: T): TObject<T & typeof outcomeKeys> =>
  Type.Object({ ...outcomeKeys, ...properties });
export const outcomeKeys = {
  ok: Type.Boolean(),
  error: Type.Optional(error.error),
  error_code: Type.Optional(error.error_code),
  hint: error.hint,
};

export const stateSchema = Type.Union([
  Type.Literal("stopped"),
  Type.Literal("starting"),
  Type.Literal("stopping"),
  Type.Literal("running"),
  Type.Literal("unhealthy"),
  Type.Literal("exited"),
  Type.Literal("failed"),
  Type.Literal("backoff"),
]);

export const wantSchema = Type.Union([Type.Literal("up"), Type.Literal("down")]);

/** How a process ended; both null if that is unknown, or it is running. */
export const endKeys = {
  exit_code: nullable(Type.Integer()),
  exit_signal: nullable(Type.String({ description: "such as SIGKILL" })),
};

/** The newest result of a task's health check. */
export const lastHealthSchema = nullable(
  Type.Object({
    ok: Type.Boolean(),
    method: Type.String({ description: "command, http, tcp, log, process or exit" }),
    reason: nullable(Type.String()),
    at: time,
  }),
);

/** Errors in a run's output that say the same at the same place. */
export const errorGroupSchema = Type.Object({
  text: Type.String({ description: "the message, and `<-` before that of its innermost cause" }),
  frames: names("places in the project's files, the nearest to the throw first: api/a.js:1 run"),
  count: Type.Integer({ minimum: 1 }),
  first_at: time,
  last_at: time,
  fingerprint: Type.String({ description: "the same for the same error in another run" }),
});

/** The errors that a failed launch printed. */
export const errorGroups = Type.Optional(
  Type.Array(errorGroupSchema, {
    description: "what the launch printed, the newest last; absent where it printed no error",
  }),
);

/** A run in a log: one launch of a task. */
export const runSchema = nullable(
  Type.Object(
    {
      pid: nullable(pid),
      started_at: nullable(time),
    },
    { description: "the run; its keys are null where the log has lost its beginning" },
  ),
);

/** The linked git worktree that a project lies in. */
export const worktreeSchema = nullable(
  Type.Object(
    {
      id: Type.String({ description: "as in the session's name" }),
      main: Type.String({ description: "the main checkout, or the bare repository; absolute" }),
    },
    { description: "the linked git worktree of the config; null in any other directory" },
  ),
);

/** A running session of the same repository. */
export const siblingSchema = Type.Object({
  session,
  config_path: Type.String({ description: "absolute" }),
});

/** What a launch of a running task would do differently now. */
export const staleKeys = {
  stale: Type.Array(
    Type.Union([
      Type.Literal("config"),
      Type.Literal("env_file"),
      Type.Literal("port"),
      Type.Literal("cwd"),
    ]),
    { description: "what a launch now would do differently; empty: nothing, or it doesn't run" },
  ),
  stale_reason: nullable(
    Type.String({ description: "the same in words, after its name: runs with an older .env" }),
  ),
};

/** The line at which a task waits. */
export const waitsAtSchema = nullable(
  Type.String({
    description: "a line that it has shown for a second and not ended, such as a prompt",
  }),
);

/** Where a task comes from. */
export const sourceSchema = Type.Optional(
  Type.Literal("run", { description: "`taskmux run` added it; absent: the config has it" }),
);

/** The processes of a task that went to the background. */
export const leftSchema = Type.Array(
  Type.Object({ pid, command: Type.String(), ports: Type.Array(Type.Integer()) }),
  { description: "processes that its command left running when it ended with 0, and their ports" },
);

/** Why the last start did not launch a task. */
export const refusedSchema = nullable(
  Type.Object(
    { reason: Type.String(), at: time },
    { description: "why the last start did not launch it; null if it did" },
  ),
);

/** Whether a task's files are watched. */
export const watchSchema = nullable(
  Type.Object(
    {
      state: Type.Union(
        [Type.Literal("on"), Type.Literal("paused"), Type.Literal("failed"), Type.Literal("off")],
        { description: "off: no monitor runs, or the task is not wanted" },
      ),
      reason: nullable(Type.String({ description: "why it is paused or has failed" })),
      until: nullable(time),
    },
    { description: "of a task with `watch`" },
  ),
);
