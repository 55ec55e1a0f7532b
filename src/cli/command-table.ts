import type { Context } from "../app/context.ts";
import type { StartRequest } from "../app/tasks/start-tasks.ts";
import {
  commandWords,
  count,
  duration,
  keys,
  oneOf,
  optionalWord,
  port,
  run,
  taskPort,
  tasks,
  text,
  texts,
  time,
  toggle,
  type Values,
  variables,
  word,
} from "./arguments.ts";
import {
  answering,
  type Command,
  type CommandGroup,
  commandGroup,
  type CommandTree,
  commandTree,
  printing,
} from "./command.ts";
import { askedProfiles, profileFlag } from "./profiles.ts";
import {
  DEFAULT_API_PORT,
  DEFAULT_EVENTS,
  DEFAULT_LINES,
  DEFAULT_WAIT,
} from "../domain/values/flag-defaults.ts";
import { topicNames } from "../domain/docs/topics.ts";
import { USAGE_ORDERS } from "../domain/tasks/usage.ts";

/** Flags of every command. */
export const globalArgs = {
  json: toggle({ description: "print one JSON document" }),
  config: text({ alias: "c", valueHint: "PATH", description: "use this taskmux.toml" }),
  session: text({ valueHint: "NAME", description: "use another session name" }),
  help: toggle({ alias: "h", description: "show help" }),
  version: toggle({ alias: "V", description: "show the version" }),
};

const startArgs = {
  tasks: tasks({ description: "names, or globs in quotes; without one: all with auto_start" }),
  profile: profileFlag("without a name: tasks of this profile too"),
  "no-deps": toggle({ description: "leave what the tasks depend on alone" }),
  "force-port": toggle({ description: "end a process of yours that holds a task's port" }),
  wait: toggle({ description: "return only when all of them are healthy" }),
  timeout: duration({
    valueHint: "DURATION",
    default: `${DEFAULT_WAIT}s`,
    description: "how long --wait waits",
  }),
};

/** Which tasks are shown or ended. */
const onlyProfile = profileFlag("without a name: of this profile, and those without one");

const startRequest = (
  { project: { config } }: Context,
  args: Values<typeof startArgs>,
): StartRequest => ({
  names: args.tasks,
  profiles: askedProfiles(config, args.profile),
  dependencies: !args["no-deps"],
  forcePort: args["force-port"],
  wait: args.wait ? args.timeout : null,
  joins: "process",
});

const stopOnExit = toggle({
  description: "stop the tasks when it ends; a container's first process always does",
});

const follow = (what: string) => toggle({ alias: "f", description: `keep printing new ${what}s` });

const lifecycle = (): Command[] => [
  answering({
    meta: {
      name: "start",
      alias: ["up"],
      description: "Start the tasks and what they depend on, in dependency order",
      example: "taskmux start web --wait",
    },
    args: {
      monitor: toggle({ alias: "m", description: "stay and restart what crashes" }),
      detach: toggle({
        alias: "d",
        description: "first start a daemon in the background, if the session has no monitor",
      }),
      "stop-on-exit": stopOnExit,
      "exit-on-failure": toggle({
        description: "with --wait: wait for the jobs, then stop all, as ci does",
      }),
      ...startArgs,
    },
    schemas: ["startAllSchema", "ciSchema", "startTaskSchema", "startTasksSchema"],
    isSlow: true,
    run: async (context, args) => {
      const request = startRequest(context, args);
      if (!args.detach) return (await import("../app/commands/start.ts")).start(context, request);
      const { startWithDaemon } = await import("./commands/start.ts");
      return startWithDaemon(context, request, {
        isMonitor: args.monitor,
        stopsTasks: args["stop-on-exit"],
      });
    },
    staying: (args) =>
      args["exit-on-failure"]
        ? async (context, how) =>
            (await import("./commands/ci.ts")).startForJobs(
              context,
              startRequest(context, args),
              how,
              args,
            )
        : args.monitor && !args.detach
          ? async (context, how) =>
              (await import("./commands/monitor.ts")).startAndMonitor(
                context,
                startRequest(context, args),
                { ...how, stopOnExit: args["stop-on-exit"] },
              )
          : null,
    render: async () => (await import("./render/results.ts")).renderStart,
  }),
  printing({
    meta: {
      name: "ci",
      description: "Start the tasks, wait for the jobs among them, stop all; for CI and scripts",
      example: "taskmux ci test lint",
    },
    args: {
      tasks: startArgs.tasks,
      profile: startArgs.profile,
      "no-deps": startArgs["no-deps"],
      "force-port": startArgs["force-port"],
      timeout: duration({ valueHint: "DURATION", description: "how long it may take at most" }),
    },
    schemas: ["ciSchema"],
    run: async (invocation, { tasks, profile, timeout, ...args }) =>
      (await import("./commands/ci.ts")).runCi(invocation, {
        tasks,
        profiles: profile,
        dependencies: !args["no-deps"],
        forcePort: args["force-port"],
        wait: timeout ?? null,
      }),
  }),
  answering({
    meta: {
      name: "run",
      description: "Start a task that stands in no file, for as long as the session lasts",
      example: "taskmux run storybook --port 6006 -- npm run storybook",
    },
    args: {
      // It is a new one.
      name: word({ valueHint: "NAME", choices: () => [], description: "what it is called" }),
      command: commandWords({ description: "the command and its words" }),
      port: taskPort({ valueHint: "PORT", description: "its port: 3000, 3000+ or auto" }),
      cwd: text({ valueHint: "DIR", description: "where it runs, instead of here" }),
      env: variables({
        valueHint: "NAME=VALUE",
        description: "a variable of its environment (any number of times)",
      }),
      "ready-log": text({
        valueHint: "REGEX",
        description: "it is ready once a line of its output matches",
      }),
      wait: toggle({ description: "return only when it is healthy" }),
      timeout: duration({
        valueHint: "DURATION",
        default: `${DEFAULT_WAIT}s`,
        description: "how long --wait waits",
      }),
    },
    schemas: ["startTaskSchema"],
    isSlow: true,
    project: async (found, args) => (await import("./commands/run.ts")).projectToRunIn(found, args),
    run: async (context, { name, wait, timeout }) =>
      (await import("../app/commands/run.ts")).run(context, {
        name,
        wait: wait ? timeout : null,
      }),
    render: async () => (await import("./render/results.ts")).renderStart,
  }),
  answering({
    meta: {
      name: "stop",
      alias: ["down"],
      description: "Stop the tasks: C-c, SIGTERM after the grace period, SIGKILL 3 s later",
      example: "taskmux stop web",
    },
    args: {
      tasks: tasks({
        description: "names, or globs in quotes; without one: all, and the session ends",
      }),
      profile: onlyProfile,
    },
    schemas: ["stopAllSchema", "stopTaskSchema", "stopTasksSchema"],
    worksFromRecord: true,
    endsTasks: true,
    isSlow: true,
    run: async (context, { tasks, profile }) =>
      (await import("../app/commands/stop.ts")).stop(context, {
        names: tasks,
        profiles: askedProfiles(context.project.config, profile),
      }),
    render: async () => (await import("./render/results.ts")).renderStop,
  }),
  answering({
    meta: {
      name: "restart",
      description: "Stop the tasks and start them again in their windows",
      example: "taskmux restart web --wait",
    },
    args: {
      ...startArgs,
      tasks: tasks({
        description:
          "names, or globs in quotes; without one: all stop, and those with auto_start start",
      }),
      profile: onlyProfile,
      fresh: toggle({ description: "even if another command has just done it" }),
    },
    schemas: ["restartAllSchema", "restartTaskSchema", "restartTasksSchema"],
    endsTasks: true,
    isSlow: true,
    run: async (context, args) =>
      (await import("../app/commands/restart.ts")).restart(context, {
        ...startRequest(context, args),
        joins: args.fresh ? "never" : "process",
      }),
    render: async () => (await import("./render/results.ts")).renderStart,
  }),
  answering({
    meta: {
      name: "kill",
      description: "SIGKILL every process of the tasks and close their windows",
      example: "taskmux kill web",
    },
    args: {
      tasks: tasks({ required: true, description: "the tasks to kill: names, or globs in quotes" }),
    },
    schemas: ["killTaskSchema", "killTasksSchema"],
    worksFromRecord: true,
    endsTasks: true,
    isSlow: true,
    run: async (context, { tasks }) =>
      (await import("../app/commands/kill.ts")).kill(context, { names: tasks }),
    render: async () => (await import("./render/results.ts")).renderKill,
  }),
  printing({
    meta: {
      name: "exec",
      description: "Run a command on this terminal, in a task's directory and environment",
      example: "taskmux exec api -- npm run migrate",
    },
    args: {
      task: word({ description: "whose directory and environment; it need not run" }),
      command: commandWords({ description: "the command and its words" }),
    },
    schemas: [],
    run: async (invocation, args) =>
      (await import("./commands/exec.ts")).executeIn(invocation, args),
  }),
  answering({
    meta: {
      name: "send",
      description: "Type a text into a task's window, and Enter",
      example: "taskmux send shop-console 'Order.count'",
    },
    args: {
      task: word({ description: "the task to type to" }),
      text: optionalWord({
        valueHint: "TEXT",
        choices: () => [],
        description: "what is typed, as it is; after -- if it begins with a dash",
      }),
      "no-enter": toggle({ description: "don't press Enter after the text" }),
      key: keys({
        valueHint: "KEY",
        description:
          "press a key like C-c, Escape or Up, after the text if there is one, and no Enter (any number of times)",
      }),
    },
    schemas: ["sendSchema"],
    run: async (context, args) => (await import("./commands/send.ts")).sendTo(context, args),
    render: async () => (await import("./commands/send.ts")).renderSend,
  }),
  printing({
    meta: {
      name: "daemon",
      description: "Watch the tasks and the config, and serve the API and the page",
      example: "taskmux daemon --detach",
    },
    args: {
      verb: optionalWord({
        valueHint: "status|stop",
        choices: () => ["status", "stop"],
        description: "show the daemon or end it; without a word, run one",
      }),
      port: port({
        valueHint: "PORT",
        default: `${DEFAULT_API_PORT}`,
        description:
          "where it listens; 0: any free port; 8765+: that one or, if taken, any free one",
      }),
      host: text({
        valueHint: "ADDRESS",
        default: "127.0.0.1",
        description: "the address it listens on",
      }),
      token: text({
        valueHint: "TOKEN",
        description:
          "what clients must show; better given in TASKMUX_TOKEN, which others don't see",
      }),
      detach: toggle({ description: "run in the background" }),
      "stop-on-exit": stopOnExit,
      profile: profileFlag("start new tasks of this profile too"),
    },
    schemas: ["daemonSchema", "eventSchema", "daemonStatusSchema", "daemonStopSchema"],
    run: async (invocation, args) =>
      (await import("./commands/daemon.ts")).daemon(invocation, {
        ...args,
        stopOnExit: args["stop-on-exit"],
        profiles: args.profile,
      }),
  }),
  printing({
    meta: {
      name: "watch",
      description: "Apply changes of taskmux.toml to the session until interrupted",
      example: "taskmux watch",
    },
    args: { profile: profileFlag("start new tasks of this profile too") },
    schemas: ["eventSchema"],
    run: async (invocation, { profile }) =>
      (await import("./commands/watch.ts")).watchProject(invocation, profile),
  }),
  printing({
    meta: {
      name: "prune",
      description: "List what is left of sessions whose config is gone; --apply deletes it",
      example: "taskmux prune --apply",
    },
    args: {
      apply: toggle({ description: "delete it; nothing of a session in which anything runs" }),
      older: duration({
        valueHint: "DURATION",
        default: "30d",
        description: "logs only if nothing was written to them for so long",
      }),
    },
    schemas: ["pruneSchema"],
    run: async ({ json }, args) => (await import("./commands/prune.ts")).pruneSessions(json, args),
  }),
];

const look = (): Command[] => [
  answering({
    meta: {
      name: "status",
      alias: ["list", "ls"],
      description: "Show every task and what is true of it now",
      example: "taskmux status --json",
    },
    args: { profile: profileFlag("only of this profile, without one, or running") },
    schemas: ["statusSchema"],
    worksFromRecord: true,
    asksTmuxFirst: true,
    run: async (context, { profile }) =>
      (await import("../app/commands/status.ts")).status(
        context,
        askedProfiles(context.project.config, profile),
      ),
    render: async () => (await import("./render/results.ts")).renderStatus,
  }),
  printing({
    meta: {
      name: "ps",
      description: "Show every session of yours on this machine, from any directory",
      example: "taskmux ps",
    },
    args: {
      all: toggle({ alias: "a", description: "as without it: what doesn't run is shown too" }),
    },
    schemas: ["psSchema"],
    run: async ({ json }) => (await import("./commands/ps.ts")).listSessions(json),
  }),
  printing({
    meta: {
      name: "top",
      description: "Show the CPU time and memory that the tasks use, live on a terminal",
      example: "taskmux top --json",
    },
    args: {
      tasks: tasks({ description: "names, or globs in quotes; without one: all" }),
      lines: count({
        alias: "n",
        valueHint: "COUNT",
        description:
          "print so many looks, 2 s apart, and end; without it 1, or on a terminal until q",
      }),
      sort: oneOf(USAGE_ORDERS, { alias: "s", description: "the order; without it the config's" }),
    },
    schemas: ["topSchema"],
    run: async (invocation, args) =>
      (await import("./commands/top.ts")).showUsage(invocation, args),
  }),
  answering({
    meta: {
      name: "health",
      description: "Check every task's health; status 1 if one that should be up is not healthy",
      example: "taskmux health",
    },
    args: {},
    schemas: ["healthSchema"],
    worksFromRecord: true,
    run: async (context) => (await import("../app/commands/health.ts")).health(context),
    render: async () => (await import("./render/results.ts")).renderHealth,
  }),
  answering({
    meta: {
      name: "why",
      description: "Explain a task's state: what is wanted, what happened, what is in its way",
      example: "taskmux why web",
    },
    args: { task: word({ description: "the task to explain" }) },
    schemas: ["whySchema"],
    worksFromRecord: true,
    run: async (context, { task }) =>
      (await import("./commands/why.ts")).explainTask(context, task),
    render: async () => (await import("./render/why.ts")).renderWhy,
  }),
  answering({
    meta: {
      name: "wait",
      description: "Block until the tasks are healthy, have exited or are stopped, or print a line",
      example: "taskmux wait api web --timeout 30s",
    },
    args: {
      tasks: tasks({
        required: true,
        description: "the tasks to wait for: names, or globs in quotes",
      }),
      for: oneOf(["healthy", "exited", "stopped"], {
        description: "what they must be; healthy is the default without --log",
      }),
      log: text({
        valueHint: "REGEX",
        description: "until a line of the launch's output matches",
      }),
      new: toggle({ description: "with --log: only lines that are printed from now on" }),
      timeout: duration({
        valueHint: "DURATION",
        default: `${DEFAULT_WAIT}s`,
        description: "how long; 0: as it is now",
      }),
    },
    schemas: ["waitSchema"],
    isSlow: true,
    run: async (context, args) => (await import("./commands/wait.ts")).waitFor(context, args),
    render: async () => (await import("./render/wait.ts")).renderWait,
  }),
  answering({
    meta: {
      name: "verify",
      description: "Whether an edit works: healthy, no crash, and no new error for a while",
      example: "taskmux verify api",
    },
    args: {
      tasks: tasks({
        description: "names, or globs in quotes; without one: all that should be up",
      }),
      profile: onlyProfile,
      restart: toggle({ description: "restart them first" }),
      settle: duration({
        valueHint: "DURATION",
        default: "2s",
        description: "how long they must stay well",
      }),
      timeout: duration({
        valueHint: "DURATION",
        default: `${DEFAULT_WAIT}s`,
        description: "how long at most",
      }),
      since: text({
        valueHint: "CURSOR",
        description: "judge what came after an earlier call, which returned it",
      }),
    },
    schemas: ["verifySchema"],
    // With --restart.
    endsTasks: true,
    isSlow: true,
    run: async (context, { tasks: names, profile, restart, settle, timeout, since = null }) =>
      (await import("./commands/verify.ts")).verifyEdit(context, {
        names,
        profiles: askedProfiles(context.project.config, profile),
        restart,
        settle,
        timeout,
        since,
      }),
    render: async () => (await import("./render/verify.ts")).renderVerify,
  }),
  answering({
    meta: {
      name: "inspect",
      description: "Show everything about one task, as JSON",
      example: "taskmux inspect web",
    },
    args: { task: word({ description: "the task to show" }) },
    schemas: ["inspectSchema"],
    worksFromRecord: true,
    alwaysJson: true,
    run: async (context, { task }) =>
      (await import("../app/commands/inspect.ts")).inspect(context, { name: task }),
  }),
  answering({
    meta: {
      name: "url",
      description: "Print where a task can be reached",
      example: "taskmux url api",
    },
    args: { task: word({ description: "the task to reach" }) },
    schemas: ["urlSchema"],
    worksFromRecord: true,
    run: async (context, { task }) =>
      (await import("../app/commands/url.ts")).url(context, { name: task }),
    render: async () => (await import("./render/addresses.ts")).renderUrl,
  }),
  answering({
    meta: {
      name: "env",
      description: "Print the ports and URLs of the tasks as variables, for a shell or .envrc",
      example: "source <(taskmux env)",
    },
    args: {},
    schemas: ["envSchema"],
    worksFromRecord: true,
    run: async (context) => (await import("../app/commands/env.ts")).env(context),
    render: async () => (await import("./render/addresses.ts")).renderEnv,
  }),
  answering({
    meta: {
      name: "attach",
      description: "Join this terminal to the session, at a task's window",
      example: "taskmux attach web",
    },
    args: {
      task: optionalWord({ description: "whose window; without one: the session's current one" }),
    },
    schemas: ["attachSchema"],
    worksFromRecord: true,
    run: async (context, { task = null }) =>
      (await import("../app/commands/attach.ts")).attach(context, { name: task }),
  }),
  printing({
    meta: {
      name: "events",
      description: "Print what happened to the session and its tasks, the newest last",
      example: "taskmux events --task web --since 1h",
    },
    args: {
      task: text({ valueHint: "TASK", description: "only of this task" }),
      since: time({
        valueHint: "TIME",
        description: "from a time on: 5m, 14:05:10, 2024-01-01T14:00 (local), ..T14:00Z (UTC)",
      }),
      lines: count({
        alias: "n",
        valueHint: "COUNT",
        default: `${DEFAULT_EVENTS}`,
        description: "how many",
      }),
      all: toggle({ description: "of every session" }),
      follow: follow("event"),
    },
    schemas: ["eventsSchema", "eventSchema"],
    run: async (invocation, args) =>
      (await import("./commands/events.ts")).printEvents(invocation, args),
  }),
];

const logs = (): Command[] => [
  printing({
    meta: {
      name: "logs",
      description: "Print the newest lines of the tasks' logs, as one stream in time order",
      example: "taskmux logs web -g error -C 3",
    },
    args: {
      tasks: tasks({ description: "names, or globs in quotes; without one: all" }),
      profile: onlyProfile,
      follow: follow("line"),
      lines: count({
        alias: "n",
        synonym: { name: "tail", alias: "t" },
        valueHint: "COUNT",
        default: `${DEFAULT_LINES}`,
        description: "how many lines",
      }),
      grep: text({
        alias: "g",
        valueHint: "TEXT",
        description: "only lines with this text, ignoring case",
      }),
      regexp: toggle({ alias: "E", description: "TEXT is a regular expression" }),
      context: count({
        alias: "C",
        valueHint: "COUNT",
        default: "0",
        description: "lines around each match",
      }),
      since: time({
        valueHint: "TIME",
        description:
          "from a time on: 5m, 14:05:10, 2024-01-01T14:00 (local), ..T14:00Z (UTC, as in the files)",
      }),
      until: time({ valueHint: "TIME", description: "up to a time" }),
      "since-last": toggle({
        description:
          "only what is new since your last such call ($TASKMUX_READER, else the agent's session or the shell)",
      }),
      run: run({
        valueHint: "RUN",
        description: "only one run of each task: last, -1 (the one before it), -2 ..",
      }),
      "max-bytes": count({
        valueHint: "BYTES",
        description: "the size of all lines; the oldest are left out",
      }),
      "line-bytes": count({ valueHint: "BYTES", description: "the size of a line's text" }),
      local: toggle({
        description: "only the local time of day, and a line for a new day: as on a terminal",
      }),
      raw: toggle({ description: "leave out the timestamps" }),
    },
    schemas: ["logsOfOneSchema", "logsOfSeveralSchema", "logLineSchema"],
    run: async (invocation, args) =>
      (await import("./commands/logs.ts")).printLogs(invocation, {
        ...args,
        profiles: args.profile,
        sinceLast: args["since-last"],
        limits: { total: args["max-bytes"] ?? null, line: args["line-bytes"] ?? null },
      }),
  }),
  printing({
    meta: {
      name: "logs-clean",
      description: "Delete the logs of a task, or of the whole session",
      example: "taskmux logs-clean web",
    },
    args: { task: optionalWord({ description: "whose logs; without one: all of the session" }) },
    schemas: ["logsCleanSchema"],
    run: async (invocation, { task = null }) =>
      (await import("./commands/logs-clean.ts")).cleanLogs(invocation, task),
  }),
];

const config = (): Command[] => [
  printing({
    meta: {
      name: "init",
      description:
        "Create taskmux.toml from this project and add notes for installed coding agents",
      example: "taskmux init --defaults",
    },
    args: { defaults: toggle({ description: "ask nothing, take what is proposed" }) },
    keepsNothing: true,
    schemas: ["initSchema"],
    run: async (invocation, args) =>
      (await import("./commands/init.ts")).initProject(invocation, args),
  }),
  printing({
    meta: {
      name: "check",
      description: "Check taskmux.toml and report all that is wrong with it",
      example: "taskmux check",
    },
    args: {},
    keepsNothing: true,
    schemas: ["checkSchema"],
    run: async (invocation) => (await import("./commands/check.ts")).check(invocation),
  }),
  answering({
    meta: {
      name: "add",
      description: "Add a task to taskmux.toml, at its end; the rest of the file stays as it is",
      example: 'taskmux add web "bun dev" --port 3000 --depends-on db',
    },
    args: {
      // It is a new one.
      task: word({ choices: () => [], description: "what it is called" }),
      command: word({ valueHint: "COMMAND", description: "one word, in quotes if need be" }),
      cwd: text({ valueHint: "DIR", description: "where it runs" }),
      port: taskPort({ valueHint: "PORT", description: "its port: 3000, 3000+ or auto" }),
      "health-check": text({ valueHint: "CMD", description: "healthy when CMD exits 0" }),
      "depends-on": texts({
        valueHint: "TASK",
        description: "a task that must be healthy first (any number of times)",
      }),
      env: variables({
        valueHint: "NAME=VALUE",
        description: "a variable of its environment (any number of times)",
      }),
      "no-auto-start": toggle({ description: "only start it by name" }),
    },
    schemas: ["addSchema"],
    isSlow: true,
    run: async (context, args) => (await import("./commands/edit.ts")).addTo(context, args),
    render: async () => (await import("./commands/edit.ts")).renderAdd,
  }),
  answering({
    meta: {
      name: "remove",
      description: "Take a task out of taskmux.toml, or one of `run` away, and kill it if it runs",
      example: "taskmux remove web",
    },
    args: { task: word({ description: "the task to remove" }) },
    schemas: ["removeSchema"],
    endsTasks: true,
    isSlow: true,
    run: async (context, { task }) =>
      (await import("./commands/edit.ts")).removeFrom(context, task),
    render: async () => (await import("./commands/edit.ts")).renderRemove,
  }),
  printing({
    meta: {
      name: "schema",
      description: "Print the JSON Schema of taskmux.toml, or of a command's output",
      example: "taskmux schema status",
    },
    args: {
      name: optionalWord({
        valueHint: "NAME",
        choices: () => ["taskmux.toml", "api", ...allCommands().map(({ meta }) => meta.name)],
        description: "a command, api or taskmux.toml; without one: taskmux.toml",
      }),
    },
    keepsNothing: true,
    schemas: ["schemaSchema"],
    run: async ({ json }, { name }) =>
      (await import("./commands/schema.ts")).printSchema(allCommands(), name, json),
  }),
];

const agents = (): Command[] => [
  printing({
    meta: {
      name: "mcp",
      description:
        "Serve these commands as tools to a coding agent (Model Context Protocol, stdio)",
      example: "taskmux mcp install claude",
    },
    args: {
      verb: optionalWord({
        valueHint: "install",
        choices: () => ["install"],
        description: "register the server in the project's file of a client; without a word, serve",
      }),
      client: optionalWord({
        valueHint: "claude|codex|cursor|vscode",
        choices: () => ["claude", "codex", "cursor", "vscode"],
        description: "without one: all that are installed",
      }),
      "read-only": toggle({ description: "only the tools that change nothing" }),
      print: toggle({
        description: "install: print what belongs into the file, and write nothing",
      }),
    },
    schemas: ["mcpSchema"],
    run: async (invocation, { verb, client, print, "read-only": readOnly }) =>
      verb === undefined
        ? (await import("./commands/mcp.ts")).serve(invocation.location, readOnly)
        : (await import("./commands/mcp-install.ts")).installMcp(invocation, {
            verb,
            client,
            print,
            readOnly,
          }),
  }),
  printing({
    meta: {
      name: "inject",
      description: "Update the taskmux section in CLAUDE.md, AGENTS.md, GEMINI.md",
      example: "taskmux inject",
    },
    args: {
      skill: toggle({ description: "also write the skill `taskmux` for agents that read skills" }),
    },
    keepsNothing: true,
    schemas: ["injectSchema"],
    run: async (invocation, args) =>
      (await import("./commands/init.ts")).injectProject(invocation, args),
  }),
];

const help = (): Command[] => [
  printing({
    meta: {
      name: "docs",
      description: "Print a page of the manual, which this program contains",
      example: "taskmux docs guide",
    },
    args: {
      topic: optionalWord({
        valueHint: "TOPIC",
        choices: topicNames,
        description: "which page; without one: the list of them",
      }),
    },
    keepsNothing: true,
    schemas: ["docsListSchema", "docsSchema"],
    run: async ({ json }, { topic }) => (await import("./commands/docs.ts")).printDocs(topic, json),
  }),
  printing({
    meta: {
      name: "completions",
      description: "Print a script that completes commands, flags and task names: bash, zsh, fish",
      example: "source <(taskmux completions bash)",
    },
    args: {
      shell: word({
        valueHint: "SHELL",
        choices: () => ["bash", "zsh", "fish"],
        description: "bash, zsh or fish",
      }),
    },
    keepsNothing: true,
    schemas: ["completionsSchema"],
    run: async ({ json }, { shell }) =>
      (await import("./commands/completions.ts")).printCompletions(shell, json),
  }),
];

/** Every command by what it is for, in the order of the help. */
export const groups: readonly CommandGroup[] = [
  commandGroup(
    "Lifecycle",
    "start up ci run stop down restart kill exec send daemon watch prune",
    lifecycle,
  ),
  commandGroup(
    "Look",
    "status list ls ps top health why wait verify inspect url env attach events",
    look,
  ),
  commandGroup("Logs", "logs logs-clean", logs),
  commandGroup("Config", "init check add remove schema", config),
  commandGroup("Agents", "mcp inject", agents),
  commandGroup("Help", "docs completions", help),
];

/** Every command. */
export const allCommands = (): readonly Command[] => groups.flatMap((group) => group.commands);

/** The whole command line. */
export const commandLine = (): CommandTree =>
  commandTree({
    meta: { name: "taskmux", description: "Runs a project's long-lived processes in tmux" },
    args: globalArgs,
    groups,
  });

/** The command called so, by name or alias. */
export const findCommand = (name: string): Command | undefined =>
  groups
    .find(({ names }) => names.includes(name))
    ?.commands.find(({ meta }) => meta.name === name || meta.alias?.includes(name));
