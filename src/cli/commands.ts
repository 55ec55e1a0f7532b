import type { Answer, Context } from "../app/context.ts";
import type { Failure } from "../domain/failure.ts";
import type { Flag, FlagValues } from "./flags.ts";
import type { Place } from "./action.ts";
import type { View } from "./style.ts";

/** How many names a command takes. */
export type Arity = "none" | "optional" | "one" | "two" | "any" | "some";

/** The most names that a command of each arity takes. */
export const mostNames: Record<Arity, number> = {
  none: 0,
  optional: 1,
  one: 1,
  two: 2,
  any: Infinity,
  some: Infinity,
};

/** What a command is given: its names, its flags' values. */
export interface Input {
  names: string[];
  flags: FlagValues;
}

/** One command: what it is called, what it takes, what runs, what its result looks like. */
export interface Command {
  name: string;
  aliases?: string[];
  summary: string;
  arity: Arity;
  /** How the names are called in the help. */
  operand?: string;
  /** What its name may be, where that is no task of the config; for completion. */
  choices?(): readonly string[];
  flags: Flag[];
  /** Result schemas, by name in domain/results.ts. */
  schemas: string[];
  /** JSON whatever the flags say. */
  alwaysJson?: boolean;
  /** What runs in place of it if this flag is given. */
  instead?: {
    flag: string;
    perform(
      context: Context,
      input: Input,
      json: boolean,
      onTerminal: boolean,
    ): Promise<number | Failure>;
  };
  /** Does its work while it runs: shows progress, and can be interrupted. */
  isSlow?: boolean;
  run?(context: Context, input: Input): Promise<Answer<unknown> | Failure>;
  /** Instead of `run`, where there is no project to act on, or the output is a stream; returns the exit status. */
  perform?(place: Place, input: Input, json: boolean): Promise<number | Failure>;
  /** What `run` returned, as lines; `perform` needs none. */
  render?(): Promise<(result: never, view: View) => string[]>;
}

/** Flags of every command. */
export const globalFlags: Flag[] = [
  { name: "json", kind: "boolean", summary: "print one JSON document" },
  { name: "config", short: "c", kind: "string", value: "PATH", summary: "use this taskmux.toml" },
  { name: "session", kind: "string", value: "NAME", summary: "use another session name" },
  { name: "help", short: "h", kind: "boolean", summary: "show help" },
  { name: "version", short: "V", kind: "boolean", summary: "show the version" },
];

const startFlags: Flag[] = [
  { name: "no-deps", kind: "boolean", summary: "leave what the tasks depend on alone" },
  { name: "force-port", kind: "boolean", summary: "end whoever listens on a task's port" },
  { name: "wait", kind: "boolean", summary: "return only when all of them are healthy" },
  { name: "timeout", kind: "duration", value: "60s", summary: "how long --wait waits" },
];

/** Seconds that `--wait` waits where `--timeout` doesn't say. */
const DEFAULT_WAIT = 60;

const startRequest = ({ names, flags }: Input) => ({
  names,
  dependencies: flags["no-deps"] !== true,
  forcePort: flags["force-port"] === true,
  wait: flags["wait"] === true ? ((flags["timeout"] as number | undefined) ?? DEFAULT_WAIT) : null,
});

/** Every command, in the order of the help. */
export const commands: Command[] = [
  {
    name: "init",
    summary: "Make a taskmux.toml of what is here, and tell the coding agents in PATH of taskmux",
    arity: "none",
    flags: [{ name: "defaults", kind: "boolean", summary: "ask nothing, take what is proposed" }],
    schemas: ["initSchema"],
    perform: async (place, input, json) =>
      (await import("./init.ts")).initProject(place, input, json),
  },
  {
    name: "start",
    summary: "Start the tasks and what they depend on, in dependency order",
    arity: "any",
    operand: "TASK",
    flags: [
      { name: "monitor", short: "m", kind: "boolean", summary: "stay and restart what crashes" },
      ...startFlags,
    ],
    schemas: ["startAllSchema", "startTaskSchema", "startTasksSchema"],
    isSlow: true,
    instead: {
      flag: "monitor",
      perform: async (context, input, json, onTerminal) => {
        const { startAndMonitor } = await import("./monitor.ts");
        return startAndMonitor(context, startRequest(input), json, onTerminal);
      },
    },
    run: async (context, input) =>
      (await import("../app/start.ts")).start(context, startRequest(input)),
    render: async () => (await import("./render.ts")).renderStart,
  },
  {
    name: "stop",
    summary: "Stop the tasks: C-c, SIGTERM after the grace period, SIGKILL 3 s later",
    arity: "any",
    operand: "TASK",
    flags: [],
    schemas: ["stopAllSchema", "stopTaskSchema", "stopTasksSchema"],
    isSlow: true,
    run: async (context, { names }) => (await import("../app/stop.ts")).stop(context, { names }),
    render: async () => (await import("./render.ts")).renderStop,
  },
  {
    name: "restart",
    summary: "Stop the tasks and start them again in their windows",
    arity: "any",
    operand: "TASK",
    flags: startFlags,
    schemas: ["restartAllSchema", "restartTaskSchema", "restartTasksSchema"],
    isSlow: true,
    run: async (context, input) =>
      (await import("../app/restart.ts")).restart(context, startRequest(input)),
    render: async () => (await import("./render.ts")).renderStart,
  },
  {
    name: "kill",
    summary: "SIGKILL every process of the tasks and close their windows",
    arity: "some",
    operand: "TASK",
    flags: [],
    schemas: ["killTaskSchema", "killTasksSchema"],
    isSlow: true,
    run: async (context, { names }) => (await import("../app/kill.ts")).kill(context, { names }),
    render: async () => (await import("./render.ts")).renderKill,
  },
  {
    name: "status",
    aliases: ["list", "ls"],
    summary: "Show every task and what is true of it now",
    arity: "none",
    flags: [],
    schemas: ["statusSchema"],
    run: async (context) => (await import("../app/status.ts")).status(context),
    render: async () => (await import("./render.ts")).renderStatus,
  },
  {
    name: "health",
    summary: "Check every task's health; status 1 if one that should be up is not healthy",
    arity: "none",
    flags: [],
    schemas: ["healthSchema"],
    run: async (context) => (await import("../app/health.ts")).health(context),
    render: async () => (await import("./render.ts")).renderHealth,
  },
  {
    name: "why",
    summary: "Explain a task's state: what is wanted, what happened, what is in its way",
    arity: "one",
    operand: "TASK",
    flags: [],
    schemas: ["whySchema"],
    run: async (context, { names }) => (await import("./why.ts")).explainTask(context, names[0]!),
    render: async () => (await import("./render-why.ts")).renderWhy,
  },
  {
    name: "wait",
    summary: "Block until the tasks are healthy, have exited or are stopped, or print a line",
    arity: "some",
    operand: "TASK",
    flags: [
      {
        name: "for",
        kind: "string",
        value: "healthy|exited|stopped",
        summary: "what they must be; healthy is the default without --log",
      },
      {
        name: "log",
        kind: "string",
        value: "REGEX",
        summary: "until a line of the launch's output matches",
      },
      { name: "timeout", kind: "duration", value: "60s", summary: "how long; 0: as it is now" },
    ],
    schemas: ["waitSchema"],
    isSlow: true,
    run: async (context, input) => (await import("./wait.ts")).waitFor(context, input),
    render: async () => (await import("./render-wait.ts")).renderWait,
  },
  {
    name: "inspect",
    summary: "Show everything about one task, as JSON",
    arity: "one",
    operand: "TASK",
    flags: [],
    schemas: ["inspectSchema"],
    alwaysJson: true,
    run: async (context, { names }) =>
      (await import("../app/inspect.ts")).inspect(context, { name: names[0]! }),
  },
  {
    name: "attach",
    summary: "Join this terminal to the session, at a task's window",
    arity: "optional",
    operand: "TASK",
    flags: [],
    schemas: ["attachSchema"],
    run: async (context, { names }) =>
      (await import("../app/attach.ts")).attach(context, { name: names[0] ?? null }),
  },
  {
    name: "logs",
    summary: "Print the newest lines of the tasks' logs, as one stream in time order",
    arity: "any",
    operand: "TASK",
    flags: [
      { name: "follow", short: "f", kind: "boolean", summary: "go on with each line as it comes" },
      { name: "lines", short: "n", kind: "count", value: "100", summary: "how many lines" },
      {
        name: "grep",
        short: "g",
        kind: "string",
        value: "TEXT",
        summary: "only lines with this text, in either case",
      },
      { name: "regexp", short: "E", kind: "boolean", summary: "TEXT is a regular expression" },
      {
        name: "context",
        short: "C",
        kind: "count",
        value: "0",
        summary: "lines around each match",
      },
      {
        name: "since",
        kind: "string",
        value: "TIME",
        summary: "from a time on: 5m, 1h30m, 2024-01-01T14:00",
      },
      { name: "until", kind: "string", value: "TIME", summary: "up to a time" },
      {
        name: "since-last",
        kind: "boolean",
        summary: "only what is new since your last such call ($TASKMUX_READER, else the shell)",
      },
      { name: "raw", kind: "boolean", summary: "leave out the timestamps" },
    ],
    schemas: ["logsOfOneSchema", "logsOfSeveralSchema", "logLineSchema"],
    perform: async (place, input, json) =>
      (await import("./logs.ts")).printLogs(place, input, json),
  },
  {
    name: "logs-clean",
    summary: "Delete the logs of a task, or of the whole session",
    arity: "optional",
    operand: "TASK",
    flags: [],
    schemas: ["logsCleanSchema"],
    perform: async (place, input, json) =>
      (await import("./logs.ts")).cleanLogs(place, input, json),
  },
  {
    name: "events",
    summary: "Print what happened to the session and its tasks, the newest last",
    arity: "none",
    flags: [
      { name: "task", kind: "string", value: "TASK", summary: "only of this task" },
      {
        name: "since",
        kind: "string",
        value: "TIME",
        summary: "from a time on: 5m, 1h30m, 2024-01-01T14:00",
      },
      { name: "lines", short: "n", kind: "count", value: "50", summary: "how many" },
      { name: "all", kind: "boolean", summary: "of every session" },
      { name: "follow", short: "f", kind: "boolean", summary: "go on with each event as it comes" },
    ],
    schemas: ["eventsSchema", "eventSchema"],
    perform: async (place, input, json) =>
      (await import("./events.ts")).printEvents(place, input, json),
  },
  {
    name: "daemon",
    summary: "Watch the tasks and the config, and serve the API and the page",
    arity: "optional",
    operand: "status|stop",
    flags: [
      { name: "port", kind: "count", value: "8765", summary: "where it listens; 0: any free port" },
      { name: "host", kind: "string", value: "127.0.0.1", summary: "the address it listens on" },
      {
        name: "token",
        kind: "string",
        value: "TOKEN",
        summary: "what clients must show; better given in TASKMUX_TOKEN, which others don't see",
      },
      { name: "detach", kind: "boolean", summary: "run in the background" },
    ],
    schemas: ["daemonSchema", "eventSchema", "daemonStatusSchema", "daemonStopSchema"],
    perform: async (place, input, json) => (await import("./daemon.ts")).daemon(place, input, json),
  },
  {
    name: "watch",
    summary: "Stay, and restart, start and stop tasks as taskmux.toml changes",
    arity: "none",
    flags: [],
    schemas: ["eventSchema"],
    perform: async (place, _input, json) => (await import("./watch.ts")).watchProject(place, json),
  },
  {
    name: "check",
    summary: "Check taskmux.toml and report all that is wrong with it",
    arity: "none",
    flags: [],
    schemas: ["checkSchema"],
    perform: async (place, _input, json) => (await import("./check.ts")).check(place, json),
  },
  {
    name: "add",
    summary: "Add a task to taskmux.toml, at its end; the rest of the file stays as it is",
    arity: "two",
    operand: "TASK COMMAND",
    // It is a new one.
    choices: () => [],
    flags: [
      { name: "cwd", kind: "string", value: "DIR", summary: "where it runs" },
      { name: "port", kind: "count", value: "PORT", summary: "the port that it listens on" },
      { name: "health-check", kind: "string", value: "CMD", summary: "healthy when CMD exits 0" },
      {
        name: "depends-on",
        kind: "list",
        value: "TASK",
        summary: "a task that must be healthy first (any number of times)",
      },
      {
        name: "env",
        kind: "list",
        value: "NAME=VALUE",
        summary: "a variable of its environment (any number of times)",
      },
      { name: "no-auto-start", kind: "boolean", summary: "only start it by name" },
    ],
    schemas: ["addSchema"],
    isSlow: true,
    run: async (context, input) => (await import("./edit.ts")).addFrom(context, input),
    render: async () => (await import("./edit.ts")).renderAdd,
  },
  {
    name: "remove",
    summary: "Take a task out of taskmux.toml, and kill it if it runs",
    arity: "one",
    operand: "TASK",
    flags: [],
    schemas: ["removeSchema"],
    isSlow: true,
    run: async (context, input) => (await import("./edit.ts")).removeFrom(context, input),
    render: async () => (await import("./edit.ts")).renderRemove,
  },
  {
    name: "schema",
    summary: "Print the JSON Schema of taskmux.toml, or of a command's output",
    arity: "optional",
    operand: "NAME",
    choices: () => ["taskmux.toml", "api", ...commands.map(({ name }) => name)],
    flags: [],
    schemas: ["schemaSchema"],
    perform: async (_place, { names }, json) =>
      (await import("./schema.ts")).printSchema(commands, names[0], json),
  },
  {
    name: "inject",
    summary: "Bring what the context files of coding agents say of taskmux up to date",
    arity: "none",
    flags: [],
    schemas: ["injectSchema"],
    perform: async (place, _input, json) => (await import("./init.ts")).injectProject(place, json),
  },
  {
    name: "completions",
    summary: "Print a script that completes commands, flags and task names: bash, zsh, fish",
    arity: "one",
    operand: "SHELL",
    choices: () => ["bash", "zsh", "fish"],
    flags: [],
    schemas: ["completionsSchema"],
    perform: async (_place, { names }, json) =>
      (await import("./completions.ts")).printCompletions(names[0]!, json),
  },
];

/** The command called so, by name or alias. */
export const findCommand = (name: string): Command | undefined =>
  commands.find((command) => command.name === name || command.aliases?.includes(name));
