/** A task of the bench. Every tool runs the same kind of script, by its absolute path. */
export interface PeerTask {
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
  version: string;
  /** The files of a project with these tasks, by their absolute paths or those relative to it; what crashes is restarted. */
  files(tasks: readonly PeerTask[], place: Place): Record<string, string>;
  start: string[];
  /** What the start command does once all is started. */
  startThen: "returns" | "stays" | "stays on a terminal";
  stop: string[];
  status: string[] | Lacks;
  tail: Tail | Lacks;
  /** True where it restarts what crashed, and at which pace it was told to. */
  restarts: true | Lacks;
  /** True where a dependent waits until a command says that its dependency is ready. */
  waitsUntilReady: true | Lacks;
  /** What the reader of its figures must know. */
  remarks: string[];
}

/** A tool that may be had. */
export interface Peer {
  name: string;
  /** Installs what is missing of it under `cache` alone; throws a `NotToBeHad`. */
  install(cache: string): Promise<Tool>;
}

/** Its message is the reason. */
export class NotToBeHad extends Error {}

export const isLacking = (ability: object | true): ability is Lacks =>
  ability !== true && "lacks" in ability;
