import type { Worktree } from "../config/config.ts";
import { isSuccess, type TaskProcess, type Want } from "../tasks/lifecycle.ts";

/** What a session has lost: the file of its config, or the directory too. */
export type Gone = "config" | "directory";

/** A task as recorded in its session. */
export interface TaskFacts {
  name: string;
  want: Want;
  process: TaskProcess;
  oneshot: boolean;
  /** The exit statuses that count as success. */
  successCodes: readonly number[];
  /** Its window exists: a launcher runs there. */
  hasWindow: boolean;
  /** Epoch ms; null before the first launch. */
  launchedAt: number | null;
}

/** What is known of a session without its config. */
export interface SessionFacts {
  /** Absolute; null where 0.1.0 made the records and the session doesn't run. */
  configPath: string | null;
  gone: Gone | null;
  worktree: Worktree | null;
  tasks: TaskFacts[];
}

/** A process that watches a session. */
interface Watcher {
  pid: number;
  kind: string;
}

export const isRunningTask = ({ process }: Pick<TaskFacts, "process">): boolean =>
  process.kind === "alive" || process.kind === "pending";

/** How many tasks run, and how many should. A job that is done is not missing. */
export function countsOf(tasks: readonly (Pick<TaskFacts, "want"> & Ending)[]) {
  const wanted = tasks.filter((task) => task.want === "up" && !isDone(task));
  return { running: tasks.filter(isRunningTask).length, wanted: wanted.length };
}

type Ending = Pick<TaskFacts, "oneshot" | "process" | "successCodes">;

const isDone = ({ oneshot, process, successCodes }: Ending): boolean =>
  oneshot && process.kind === "ended" && isSuccess(process.end, successCodes);

/** When the task that has run for the longest was launched, epoch ms; null if none runs. */
export function runningSince(tasks: readonly TaskFacts[]): number | null {
  const times = tasks.filter(isRunningTask).map(({ launchedAt }) => launchedAt);
  const known = times.filter((at) => at !== null);
  return known.length === 0 ? null : Math.min(...known);
}

/** The command for the next step with a session that has lost its config; null for any other. */
export function nextStep(
  session: string,
  { gone, isUsed, monitor }: { gone: Gone | null; isUsed: boolean; monitor: Watcher | null },
): string | null {
  if (gone === null) return null;
  if (isUsed) return `taskmux stop --session ${session}`;
  if (monitor === null) return "taskmux prune";
  return monitor.kind === "daemon"
    ? `taskmux daemon stop --session ${session}`
    : `kill ${monitor.pid}`;
}
