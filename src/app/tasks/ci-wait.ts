import type { Task } from "../../domain/config/config.ts";
import { type Failure, isFailure } from "../../domain/failure.ts";
import { type End, isSuccess } from "../../domain/tasks/lifecycle.ts";
import type { Context } from "../context.ts";
import type { StartRun } from "./bring-up.ts";
import { observe } from "./observe.ts";

/** A task that failed, and how its process ended, if it did. */
export interface CiFailure {
  task: Task;
  failure: Failure;
  end: End | null;
}

/** How the wait for jobs ended. */
export type CiEnd = "done" | "late" | "interrupted" | CiFailure;

/** Pause between looks at tasks that may run for long, ms. */
const PAUSE = 50;

/**
 * Waits until all jobs have ended with success, a task has failed, `deadline` (monotonic ms) has passed, or the signal is
 * aborted.
 */
export async function waitForJobs(
  ctx: Context,
  run: StartRun,
  tasks: readonly Task[],
  { deadline, signal }: { deadline: number; signal: AbortSignal },
): Promise<CiEnd> {
  const jobs = tasks.filter(({ oneshot }) => oneshot);
  for (;;) {
    if (signal.aborted) return "interrupted";
    const failed = firstFailure(ctx, run, tasks);
    if (failed !== null) return failed;
    if (jobs.every((task) => isReady(run, task))) return "done";
    if (ctx.monotonic() >= deadline) return "late";
    // While tasks are being launched, those launches set the pace.
    if (tasks.every((task) => run.outcomeNow(task))) await ctx.sleep(PAUSE, signal);
    await run.looks.next();
  }
}

function isReady(run: StartRun, task: Task): boolean {
  const outcome = run.outcomeNow(task);
  const isLaunched = outcome?.kind === "started" || outcome?.kind === "already_running";
  return isLaunched && run.look(task) === null;
}

/** Of the tasks that are found failed at one look, the one that ended first. */
function firstFailure(ctx: Context, run: StartRun, tasks: readonly Task[]): CiFailure | null {
  const failed = tasks.flatMap((task) => failureOf(ctx, run, task) ?? []);
  const [first = skippedFirst(ctx, run, tasks)] = failed.toSorted((a, b) => timeOf(a) - timeOf(b));
  return first;
}

/** Tasks that were never launched come last. */
const timeOf = ({ end }: CiFailure): number =>
  end !== null && "at" in end ? end.at : Number.MAX_VALUE;

function failureOf(ctx: Context, run: StartRun, task: Task): CiFailure | null {
  const outcome = run.outcomeNow(task);
  if (outcome === undefined || outcome.kind === "skipped") return null;
  if (outcome.kind === "failed") return { task, failure: outcome.failure, end: null };
  const failure = run.look(task);
  if (!isFailure(failure)) return null;
  // One that another command has stopped has no status of its own.
  const end = failure.code === "E214" ? null : endOf(ctx, task);
  // A service that has done its work is no failure, unless it went to the background.
  const isDone = end !== null && isSuccess(end, task.success_exit_codes);
  return isDone && failure.code === "E215" ? null : { task, failure, end };
}

/** What a skipped task waited for in vain: a service that ended too soon. */
function skippedFirst(ctx: Context, run: StartRun, tasks: readonly Task[]): CiFailure | null {
  for (const task of tasks) {
    const outcome = run.outcomeNow(task);
    if (outcome?.kind !== "skipped") continue;
    const root = tasks.find(({ name }) => name === outcome.root) ?? task;
    return { task: root, failure: outcome.failure, end: endOf(ctx, root) };
  }
  return null;
}

function endOf(ctx: Context, task: Task): End | null {
  const { process } = observe(ctx, task);
  return process.kind === "ended" ? process.end : null;
}
