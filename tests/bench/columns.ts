/** The tables of the results, in this order. */
export const TABLES = {
  commands: "Commands",
  memory: "Memory, and CPU at rest",
  supervision: "Supervision",
  logs: "Logs",
  loss: "Log writers that are killed",
} as const;

export interface Column {
  table: keyof typeof TABLES;
  unit: string;
  means: string;
}

/** Everything that is measured, each a column of a table. Less is better. */
export const COLUMNS = {
  "--version": { table: "commands", unit: "ms", means: "the command that prints the version" },
  status: { table: "commands", unit: "ms", means: "the command that lists 10 running tasks" },
  "start 10": {
    table: "commands",
    unit: "ms",
    means: "cold start (no server, no daemon): from the command until all 10 sleeping tasks live",
  },
  "start 50": { table: "commands", unit: "ms", means: "as start 10, with 50 tasks" },
  "start 10, CPU": {
    table: "commands",
    unit: "ms",
    means:
      "CPU time of all processes, tmux and the tasks among them, until a second after that start",
  },
  "start 50, CPU": { table: "commands", unit: "ms", means: "as start 10, CPU, with 50 tasks" },
  "stop 10": {
    table: "commands",
    unit: "ms",
    means: "from the command until no process of the 10 tasks is left",
  },
  "stop 50": { table: "commands", unit: "ms", means: "as stop 10, with 50 tasks" },
  "stop 10 returns": {
    table: "commands",
    unit: "ms",
    means: "from the command until it has ended",
  },
  "stop 50 returns": { table: "commands", unit: "ms", means: "as stop 10 returns, with 50 tasks" },
  "memory 10": {
    table: "memory",
    unit: "MB",
    means:
      "PSS of all processes of the tool next to 10 tasks; not of tmux, nor of the tasks themselves",
  },
  "memory 50": { table: "memory", unit: "MB", means: "as memory 10, with 50 tasks" },
  "private 10": {
    table: "memory",
    unit: "MB",
    means: "the part of memory 10 that is no file's: heaps and stacks",
  },
  processes: { table: "memory", unit: "", means: "how many processes these are, with 10 tasks" },
  "tmux 10": {
    table: "memory",
    unit: "MB",
    means: "PSS of tmux's server and clients with 10 tasks, where the tool uses tmux",
  },
  "idle 20": {
    table: "memory",
    unit: "% of a core",
    means: "CPU time of all processes, tmux among them, while 20 sleeping tasks run",
  },
  relaunch: {
    table: "supervision",
    unit: "ms",
    means: "from a `kill -9` of a task's process until the next one lives",
  },
  dependent: {
    table: "supervision",
    unit: "ms",
    means:
      "from the moment that what the check looks at is true until the dependent lives; the wait for the next check is a part of it",
  },
  tail: { table: "logs", unit: "ms", means: "the last 100 lines of a log of 500 MB" },
  follow: {
    table: "logs",
    unit: "ms",
    means: "from a task's line to the output of the command that shows new lines",
  },
  "follow in a flood": {
    table: "logs",
    unit: "ms",
    means: "the same while another task prints as fast as it can",
  },
  "slowest in a flood": { table: "logs", unit: "ms", means: "the slowest of these lines" },
  "log, own CPU": {
    table: "logs",
    unit: "ms/MB",
    means: "CPU time of the tool's processes, tmux's not among them, for a MB that a task prints",
  },
  "log, all CPU": {
    table: "logs",
    unit: "ms/MB",
    means: "the same of all processes, tmux and the task among them",
  },
  "chatter, own CPU": {
    table: "logs",
    unit: "% of a core",
    means:
      "CPU time of the tool's processes, tmux's not among them, at 20 tasks of 100 lines/s each",
  },
  kills: {
    table: "loss",
    unit: "",
    means: "kills of a log writer while 20 tasks print 1,000 lines/s each",
  },
  "kills at rest": {
    table: "loss",
    unit: "",
    means: "those of a writer that was waiting for input: it had nothing in hand",
  },
  lost: { table: "loss", unit: "lines", means: "lines that are missing in the logs, of 200,000" },
  "lost unsaid": {
    table: "loss",
    unit: "lines",
    means: "of these, those of a log without a note that lines may be missing",
  },
  repeated: { table: "loss", unit: "lines", means: "lines that are there twice" },
  torn: { table: "loss", unit: "lines", means: "lines that are there in part" },
  "out of order": { table: "loss", unit: "lines", means: "lines that follow a later one" },
} as const satisfies Record<string, Column>;

export type FigureName = keyof typeof COLUMNS;
export const FIGURES = Object.keys(COLUMNS) as FigureName[];
