import type { CiResult } from "../../domain/results/ci.ts";
import { duration } from "../../domain/values/units.ts";
import { paint, type View } from "./style.ts";

export function renderCi(result: CiResult, view: View): string[] {
  const { jobs, stopped, still_running: left = [], elapsed_ms } = result;
  const done = jobs.filter((job) => job.done).map(({ task }) => task);
  const open = jobs.filter((job) => !job.done).map(({ task }) => task);
  return [
    ...(done.length > 0 ? [`${paint("done", "green", view)} ${done.join(", ")}`] : []),
    ...(open.length > 0 ? [`${paint("not done", "red", view)} ${open.join(", ")}`] : []),
    ...(stopped.length > 0 ? [`stopped ${stopped.join(", ")}`] : []),
    ...(left.length > 0 ? [`still running, started by others: ${left.join(", ")}`] : []),
    `after ${duration(elapsed_ms)}`,
  ];
}
