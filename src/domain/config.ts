import { Type, type Static, type TOptional, type TSchema } from "@sinclair/typebox";

// Import this file with `import type`, or lazily: TypeBox is too dear for the fast path.
// What runs is its plain data: config-shape.generated.ts, made by `bun scripts/generate.ts`.

const withDefault = <S extends TSchema, D extends Static<S>>(schema: S, value: D) =>
  Type.Optional({ ...schema, default: value }) as TOptional<S> & { default: D };

/** Session names, so that tmux neither rewrites one nor takes it for an id or a target. */
const sessionName = "^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$";
/** Task names: they become file names too. */
const taskName = "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$";

// Timers count in 32-bit milliseconds; 11 days are enough for a health check.
const longest = 1_000_000;
const mostFiles = 1000;

const text = (description: string) =>
  Type.String({ description, pattern: "^\\s*[^\\0\\s][^\\0]*$" });
const seconds = (description: string) =>
  Type.Number({ description, exclusiveMinimum: 0, maximum: longest });
const count = (description: string, minimum: number, maximum: number) =>
  Type.Integer({ description, minimum, maximum });

const environment = (description: string) =>
  Type.Record(Type.String({ pattern: "^[^=\\0]+$" }), Type.String({ pattern: "^[^\\0]*$" }), {
    description,
    additionalProperties: false,
  });
const files = (description: string) =>
  Type.Optional(Type.Union([text("a file"), Type.Array(text("a file"))], { description }));

const hook = (when: string) => Type.Optional(text(`shell command that runs ${when}`));

export const hooksSchema = Type.Object(
  {
    before_start: hook("before a start; if it fails, nothing is started"),
    after_start: hook("after a start"),
    before_stop: hook("before a stop; if it fails, nothing is stopped"),
    after_stop: hook("after a stop"),
  },
  { additionalProperties: false, description: "commands that run around start and stop" },
);

/** The fields of a task, in the order in which they are documented. */
export const taskFields = {
  command: text("shell command to run"),
  auto_start: withDefault(Type.Boolean({ description: "include in `taskmux start`" }), true),
  cwd: Type.Optional(text("working directory, relative to the config file's directory")),
  port: Type.Optional(count("port to free of orphans before starting, and PORT", 1, 65535)),
  health_check: Type.Optional(text("shell command (exit 0 = healthy)")),
  health_interval: withDefault(seconds("seconds between health checks"), 10),
  health_timeout: withDefault(seconds("seconds before a health check times out"), 5),
  health_retries: withDefault(count("failures in a row before a restart", 1, longest), 3),
  stop_grace_period: withDefault(
    Type.Number({
      description: "seconds after C-c before SIGTERM",
      minimum: 0,
      maximum: longest,
    }),
    5,
  ),
  restart_policy: withDefault(
    Type.Union([Type.Literal("no"), Type.Literal("on-failure"), Type.Literal("always")], {
      description: "when a monitor restarts the task",
    }),
    "on-failure",
  ),
  max_restarts: withDefault(
    count("restarts before giving up, 0: no limit (resets after 60 s healthy)", 0, longest),
    5,
  ),
  restart_backoff: withDefault(
    Type.Number({
      description: "base of the exponential backoff between restarts (at most 60 s)",
      minimum: 0,
      maximum: longest,
    }),
    2,
  ),
  log_file: Type.Optional(text("log path (default: ~/.taskmux/logs/{session}/{task}.log)")),
  log_max_size: withDefault(
    Type.Union(
      [
        Type.String({ pattern: "^\\s*\\d+(\\.\\d+)?\\s*([KkMmGgTt]?[Ii]?[Bb]?)\\s*$" }),
        Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
      ],
      { description: 'size at which the log is rotated, like "10MB" or a number of bytes' },
    ),
    "10MB",
  ),
  log_max_files: withDefault(count("rotated files to keep", 0, mostFiles), 3),
  depends_on: withDefault(
    Type.Array(text("a task's name"), { description: "tasks that must be healthy first" }),
    [],
  ),
  hooks: Type.Optional(hooksSchema),
  env: withDefault(environment("environment for the task; wins over the top level's"), {}),
  env_file: files("dotenv file(s); one whose name ends in ? may be missing"),
  start_timeout: withDefault(
    seconds("seconds `start` waits for this task to become healthy before its dependents"),
    60,
  ),
  shell: Type.Optional(
    text("shell that runs command, health_check and hooks (default: bash, else sh)"),
  ),
  oneshot: withDefault(
    Type.Boolean({ description: "a job: healthy once it has exited with 0" }),
    false,
  ),
  health_url: Type.Optional(text("healthy when an HTTP GET of this URL answers 2xx or 3xx")),
  health_expected_status: Type.Optional(
    Type.Array(count("an HTTP status", 100, 599), {
      description: "the only statuses of health_url that mean healthy",
      minItems: 1,
    }),
  ),
  health_tcp: Type.Optional(
    Type.Union([count("a port", 1, 65535), text("PORT or HOST:PORT")], {
      description: "healthy when PORT or HOST:PORT accepts a connection",
    }),
  ),
  ready_log: Type.Optional(
    text("ready once a line of this launch's output matches this regular expression"),
  ),
};

/** The fields beside `tasks`. */
export const topFields = {
  name: withDefault(
    Type.String({ description: "tmux session name", pattern: sessionName }),
    "taskmux",
  ),
  auto_start: withDefault(
    Type.Boolean({ description: "false creates the session but launches nothing" }),
    true,
  ),
  hooks: Type.Optional(hooksSchema),
  env: withDefault(environment("environment for all tasks"), {}),
  env_file: files("dotenv file(s) for all tasks; one whose name ends in ? may be missing"),
  shell: Type.Optional(text("shell for all tasks (default: bash, else sh)")),
};

export const taskSchema = Type.Object(taskFields, { additionalProperties: false });

/** A config file as it is written: a task may be a bare string, most fields may be absent. */
export const configSchema = Type.Object(
  {
    ...topFields,
    tasks: withDefault(
      Type.Record(
        Type.String({ pattern: taskName }),
        Type.Union([text("shell command to run"), taskSchema]),
        { additionalProperties: false, description: "the tasks, by name" },
      ),
      {},
    ),
  },
  { additionalProperties: false },
);

export type WrittenConfig = Static<typeof configSchema>;
export type WrittenTask = Static<typeof taskSchema>;

/** What a field holds after loading: its default, or null, where it is absent. */
type Loaded<F extends Record<string, TSchema>> = {
  [K in keyof F]: F[K] extends { default: {} }
    ? Static<F[K]>
    : F[K] extends TOptional<TSchema>
      ? Static<F[K]> | null
      : Static<F[K]>;
};

export type Hooks = Loaded<(typeof hooksSchema)["properties"]>;
type Rewritten = "hooks" | "env_file" | "log_max_size" | "health_tcp";

/** A task as it is used: defaults applied, `log_max_size` in bytes, one form for each field. */
export interface Task extends Omit<Loaded<typeof taskFields>, Rewritten> {
  name: string;
  hooks: Hooks;
  env_file: string[];
  log_max_size: number;
  /** PORT or HOST:PORT; see `parseTcpAddress`. */
  health_tcp: string | null;
}

/** A config as it is used; the tasks stand in the order of the file. */
export interface Config extends Omit<Loaded<typeof topFields>, "hooks" | "env_file"> {
  hooks: Hooks;
  env_file: string[];
  tasks: Task[];
}

/** A config with its place. Paths in it (`cwd`, `log_file`, `env_file`) are absolute. */
export interface Project {
  config: Config;
  /** The tmux session's name: `config.name`, or what `--session` says. */
  session: string;
  /** Absolute; its directory has no symbolic links, its last component may be one. */
  configPath: string;
  /** The config file's directory. */
  directory: string;
}
