import type { TaskStatus } from "../results/results.ts";

type Counted = Pick<
  TaskStatus,
  "state" | "running" | "healthy" | "auto_start" | "profiles" | "want"
>;

/** How many of the expected tasks are running. Finished jobs, and tasks that were not started, don't count as missing. */
export function totalsText(tasks: readonly Counted[]): string {
  const running = tasks.filter((task) => task.running).length;
  const done = tasks.filter(isDone).length;
  const manual = tasks.filter(isManual).length;
  return [
    `${running} of ${tasks.length - done - manual} running`,
    ...(done > 0 ? [`${done} done`] : []),
    ...(manual > 0 ? [`${manual} manual`] : []),
  ].join(", ");
}

const isDone = ({ state, healthy }: Counted): boolean => state === "exited" && healthy;

const isManual = ({ state, want, auto_start, profiles }: Counted): boolean =>
  state === "stopped" && want === "down" && !(auto_start && profiles.length === 0);
