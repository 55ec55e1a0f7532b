import type { Task } from "../../domain/config/config.ts";
import { Failure } from "../../domain/failure.ts";
import type { Context } from "../context.ts";
import { endedWhileStarting, whyHint } from "./readiness.ts";
import type { Report } from "./start-tasks.ts";
import { type Verification, verifyTasks } from "./verification.ts";

/** For how long a restarted task must stay healthy, and for how long it is watched at most, ms. */
export const SETTLE = 1000;
const LONGEST = 5000;

/** The report, in which a task that became healthy and failed a moment later has failed. */
export async function stayingUp(ctx: Context, tasks: Task[], report: Report): Promise<Report> {
  const watched = tasks.filter((task) => !task.oneshot && isUp(report, task));
  if (watched.length === 0 || report.timedOut) return report;
  const found = await verifyTasks(ctx, watched, {
    settle: SETTLE,
    deadline: ctx.monotonic() + LONGEST,
    isRestarted: true,
    isReady: true,
    baselineOf: () => null,
  });
  const outcomes = new Map(report.outcomes);
  for (const one of found) {
    const failure = failureOf(one);
    if (failure !== null) outcomes.set(one.task.name, { kind: "failed", failure });
  }
  return { ...report, outcomes };
}

function isUp({ outcomes }: Report, { name }: Task): boolean {
  const outcome = outcomes.get(name);
  if (outcome?.kind === "already_running") return outcome.joined === true;
  return outcome?.kind === "started";
}

/** New errors are shown by `verify`; they don't say that the restart has failed. */
function failureOf({ task, verdict, judgement }: Verification): Failure | null {
  if (verdict === "crashed") return endedWhileStarting(task, judgement.reason);
  if (verdict !== "unhealthy") return null;
  return new Failure("E214", `Task '${task.name}' ${judgement.reason}`, whyHint(task.name));
}
