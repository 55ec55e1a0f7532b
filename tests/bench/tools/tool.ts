/** A task of the bench. Every tool runs the same kind of script, by its absolute path. */
export interface BenchTask {
  name: string;
  script: string;
  /** A shell command that succeeds once the task is ready. */
  ready?: string;
  dependsOn?: string;
}

/** Where a tool runs: all in a world of its own. */
export interface Place {
  /** The directory of the project, where every command runs. */
  project: string;
  home: string;
}

/** Why a tool has no such figure: a dash in the table, and a note. */
export interface Lacks {
  lacks: string;
}

/** How a tool shows the last 100 lines of the task `task0`. */
export interface Tail {
  argv: string[];
  /** The file that it reads, relative to HOME; null where it reads its own memory. */
  log: string | null;
}

/** A tool that is there to be run, and how a person would run it. */
export interface Tool {
  /** What it says of itself; null where the row's name tells. */
  version: string | null;
  /** The files of a project with these tasks, by absolute paths or relative to the project. */
  files(tasks: readonly BenchTask[], place: Place): Record<string, string>;
  start: string[];
  /** What the start command does once all is started. */
  startThen: "returns" | "stays" | "stays on a terminal";
  stop: string[];
  /** Commands that are run one after the other, and print the tool's version. */
  sayVersion: string[][] | Lacks;
  status: string[][] | Lacks;
  tail: Tail | Lacks;
  /** Prints each new line of `task0`, until it is ended. */
  follow: string[] | Lacks;
  /** The directory of its log files, relative to HOME, or why it writes none. */
  logs: string | Lacks;
  /** The names of measures that it takes no part in. */
  skips?: { measures: readonly string[] } & Lacks;
  /** True where it restarts what crashed, and at which pace it was set to. */
  restarts: true | Lacks;
  /** True where a dependent waits until a command says that its dependency is ready. */
  waitsUntilReady: true | Lacks;
  /** True where the processes that write its logs can be killed alone: they are replaced. */
  replacesLogWriters: true | Lacks;
  /** What the reader of its figures must know. */
  remarks: string[];
}

/** A tool that may be had. */
export interface Candidate {
  /** The taskmux of this tree, an earlier one, the least that is possible, or another tool. */
  kind: "ours" | "before" | "floor" | "peer";
  name: string;
  /** Installs what is missing of it under `cache` alone; throws a `NotToBeHad`. */
  install(cache: string): Promise<Tool>;
}

/** Its message is the reason. */
export class NotToBeHad extends Error {}

export const isLacking = (ability: object | string | true): ability is Lacks =>
  typeof ability === "object" && "lacks" in ability;
