import { Type, type Static, type TOptional, type TSchema } from "@sinclair/typebox";
import {
  count,
  environment,
  files,
  LONGEST_TIME,
  seconds,
  size,
  text,
  withDefault,
} from "./field-schemas.ts";

// Import this file with `import type`, or lazily: TypeBox is too slow to load on the fast path. At run time its plain data
// in schema.generated.ts is used, made by `bun scripts/generate.ts`.

/** Session names that tmux doesn't rewrite and doesn't read as an id or a target. */
const SESSION_NAME_PATTERN = "^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$";
/** Task names: they are used as file names too. */
const TASK_NAME_PATTERN = "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$";

const MOST_FILES = 1000;

/** Profile names: they stand in a variable, separated by commas. */
const PROFILE_PATTERN = "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$";

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
  profiles: withDefault(
    Type.Array(Type.String({ description: "a profile's name", pattern: PROFILE_PATTERN }), {
      description: "only with `--profile` of one of these, or by name",
    }),
    [],
  ),
  cwd: Type.Optional(text("working directory, relative to the config file's directory")),
  port: Type.Optional(
    Type.Union([count("a port", 1, 65535), Type.String({ pattern: "^(auto|[0-9]{1,5}\\+)$" })], {
      description:
        'port of its server, which it gets as PORT; "3000+" or "auto" is chosen at a start',
    }),
  ),
  url: Type.Optional(text("where it can be reached (default: http://localhost:${port}/)")),
  health_check: Type.Optional(text("shell command (exit 0 = healthy)")),
  health_interval: withDefault(seconds("seconds between health checks"), 10),
  health_timeout: withDefault(seconds("seconds before a health check times out"), 5),
  health_retries: withDefault(count("failures in a row before a restart", 1, LONGEST_TIME), 3),
  health_start_period: withDefault(
    Type.Number({
      description: "seconds after a launch in which failures don't count, until a check passes",
      minimum: 0,
      maximum: LONGEST_TIME,
    }),
    0,
  ),
  stop_grace_period: withDefault(
    Type.Number({
      description: "seconds after C-c before SIGTERM",
      minimum: 0,
      maximum: LONGEST_TIME,
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
    count("restarts before giving up, 0: no limit (resets after 60 s healthy)", 0, LONGEST_TIME),
    5,
  ),
  restart_backoff: withDefault(
    Type.Number({
      description: "base of the exponential backoff between restarts (at most 60 s)",
      minimum: 0,
      maximum: LONGEST_TIME,
    }),
    2,
  ),
  max_memory: Type.Optional(
    size('memory of all its processes above which a monitor restarts it, like "1GB"'),
  ),
  log_file: Type.Optional(text("log path (default: ~/.taskmux/logs/{session}/{task}.log)")),
  log_max_size: withDefault(
    size('size at which the log is rotated, like "10MB" or a number of bytes'),
    "10MB",
  ),
  log_max_files: withDefault(count("rotated files to keep", 0, MOST_FILES), 3),
  depends_on: withDefault(
    Type.Array(text("a task's name"), { description: "tasks that must be healthy first" }),
    [],
  ),
  restart_with_dependencies: withDefault(
    Type.Boolean({ description: "restart the task after a dependency was restarted" }),
    false,
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
  success_exit_codes: withDefault(
    Type.Array(count("an exit status", 0, 255), {
      description: "exit statuses that count as success; 143 stands for SIGTERM, too",
      minItems: 1,
    }),
    [0],
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
    text(
      "ready once a line of this launch's output, or its prompt, matches this regular expression",
    ),
  ),
  reload_log: Type.Optional(
    text("a line that matches this regular expression says that the program has reloaded itself"),
  ),
  watch: withDefault(
    Type.Array(text("a glob; with ! in front, what it leaves out"), {
      description: "files, relative to `cwd`, whose changes let a monitor restart the task",
    }),
    [],
  ),
  watch_action: withDefault(
    Type.Union(
      [
        Type.Literal("restart"),
        Type.Literal("signal:SIGHUP"),
        Type.Literal("signal:SIGINT"),
        Type.Literal("signal:SIGQUIT"),
        Type.Literal("signal:SIGTERM"),
        Type.Literal("signal:SIGUSR1"),
        Type.Literal("signal:SIGUSR2"),
        Type.Literal("signal:SIGWINCH"),
      ],
      { description: "what a monitor does when watched files have changed" },
    ),
    "restart",
  ),
  watch_debounce: withDefault(
    text('how long watched files must be unchanged before that, like "300ms" or "2s"'),
    "300ms",
  ),
};

/** The top-level fields other than `tasks`. */
export const topFields = {
  name: withDefault(
    Type.String({ description: "tmux session name", pattern: SESSION_NAME_PATTERN }),
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
  worktrees: withDefault(
    Type.Boolean({ description: "each linked git worktree has a session of its own" }),
    true,
  ),
};

const taskSchema = Type.Object(taskFields, { additionalProperties: false });

/** A config file as written: a task may be a bare string, and most fields may be absent. */
export const configSchema = Type.Object(
  {
    ...topFields,
    tasks: withDefault(
      Type.Record(
        Type.String({ pattern: TASK_NAME_PATTERN }),
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

/** The type of a field after loading: an absent field has its default, or null. */
type Loaded<F extends Record<string, TSchema>> = {
  [K in keyof F]: F[K] extends { default: {} }
    ? Static<F[K]>
    : F[K] extends TOptional<TSchema>
      ? Static<F[K]> | null
      : Static<F[K]>;
};

export type Hooks = Loaded<(typeof hooksSchema)["properties"]>;
type Rewritten =
  "hooks" | "env_file" | "log_max_size" | "max_memory" | "health_tcp" | "watch_debounce";

/** A loaded task: defaults applied, sizes in bytes, one form for each field. */
export interface Task extends Omit<Loaded<typeof taskFields>, Rewritten> {
  name: string;
  hooks: Hooks;
  env_file: string[];
  log_max_size: number;
  max_memory: number | null;
  /** Milliseconds; -1 if what is written is no such duration. */
  watch_debounce: number;
  /** PORT or HOST:PORT; see `parseTcpAddress`. */
  health_tcp: string | null;
  /** It stands in no file: `taskmux run` has added it to the session. */
  source?: "run";
}

/** A loaded config; the tasks have the order of the file. */
export interface Config extends Omit<Loaded<typeof topFields>, "hooks" | "env_file"> {
  hooks: Hooks;
  env_file: string[];
  tasks: Task[];
}

/** A linked git worktree: one made by `git worktree add`, in addition to the main checkout. Paths are absolute. */
export interface Worktree {
  /** git's id of it, unique in the repository, as it stands in the session's name. */
  id: string;
  /** The directory of the main checkout; of a bare repository, the repository itself. */
  main: string;
  /** The directory with its files. */
  top: string;
  /** git's own directory for it, in the repository. */
  gitDirectory: string;
}

/** The place of a directory in a git repository. */
export interface Checkout {
  /** The absolute path of the repository: the `.git` that all worktrees share. */
  repository: string;
  /** Null in the main checkout. */
  worktree: Worktree | null;
}

/** A config and its location. The paths in it (`cwd`, `log_file`, `env_file`) are absolute. */
export interface Project {
  config: Config;
  /** The tmux session's name: `config.name`, in a linked worktree with its id, or what `--session` says. */
  session: string;
  /** Absolute; its directory has no symbolic links, its last component may be one. */
  configPath: string;
  /** The config file's directory. */
  directory: string;
  /** Where it lies in a git repository; null if in none. Without a worktree if `worktrees` is false. */
  checkout?: Checkout | null;
  /** Paths that the config had before its worktree was moved, as records and marks of the session name it. */
  formerPaths?: readonly string[];
  /** The session's name was given, by `--session` for example. */
  isNamed?: boolean;
  /** The config file belongs to another user, and this user named it explicitly. */
  isOthers?: boolean;
  /** The config was read from the session's records: its file is missing or invalid. */
  isRecorded?: boolean;
}
