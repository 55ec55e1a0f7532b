import type { Config, Task } from "../../domain/config/config.ts";
import { unknownProfile } from "../../domain/config/profiles.ts";
import { TIMED_OUT } from "../../domain/exit-status.ts";
import { Failure, isFailure } from "../../domain/failure.ts";
import type { CiResult } from "../../domain/results/ci.ts";
import type { StopAll } from "../../domain/results/results.ts";
import { isHealthy } from "../../domain/tasks/lifecycle.ts";
import type { Answer, Context, Use } from "../context.ts";
import { namesOf, tasksNamed } from "../selection.ts";
import type { StartRun } from "../tasks/bring-up.ts";
import { type CiEnd, waitForJobs } from "../tasks/ci-wait.ts";
import { exitOf } from "../tasks/examine.ts";
import { observe } from "../tasks/observe.ts";
import { outputLogged } from "../tasks/on-record.ts";
import { SessionView } from "../tasks/session-view.ts";
import { afterStart, beginStart, selected, type StartRequest } from "../tasks/start-tasks.ts";
import { isAnyOn } from "../tasks/stoppable.ts";
import { stopMeant } from "./stop.ts";

/** The options of `ci`; `wait`: seconds, null for no limit. */
export type CiRequest = StartRequest;

/** The result without the lines of the log, which are read at last. */
export type CiReport = Omit<CiResult, "log">;

/**
 * Starts tasks in a session of its own, waits until all jobs among them have ended, or one of the tasks has failed, and stops
 * what it has started. An aborted signal ends it early, and stops too.
 */
export async function ci(ctx: Context, asked: CiRequest, signal: AbortSignal): Use<CiReport> {
  const began = ctx.monotonic();
  const chosen = chooseTasks(ctx, asked);
  if (isFailure(chosen)) return chosen;
  const { tasks, request } = chosen;
  const view = new SessionView(ctx);
  let isBeginning = false;
  const beginning = ctx.lock.hold(async () => {
    isBeginning = !signal.aborted;
    const refused = isBeginning ? await inUse(ctx, view) : INTERRUPTED;
    return refused ?? beginStart(ctx, tasks, request, view);
  });
  await Promise.race([beginning.then(() => {}), untilAborted(signal)]);
  // It waits for another command, and nothing has begun.
  if (signal.aborted && !isBeginning) return INTERRUPTED;
  const begun = await beginning;
  if (isFailure(begun)) return begun;
  const deadline = request.wait === null ? Infinity : began + request.wait * 1000;
  const own = new Set(namesOf(tasks));
  const isOwn = ({ name }: { name: string }) => own.has(name);
  try {
    const end = await waitForJobs(ctx, begun.run, tasks, { deadline, signal });
    const jobsNow = () =>
      tasks.filter(({ oneshot }) => oneshot).map((task) => jobNow(ctx, begun.run, task));
    const late = end === "late" ? jobsNow() : null;
    const warnings = [...begun.warnings, ...(await closed(ctx, begun.run, tasks, end))];
    // A job that was being launched when another one failed may have done its work meanwhile.
    const jobs = late ?? jobsNow();
    if (typeof end === "object") await outputLogged(ctx, end.task.name, LOG_PERIOD);
    const stopped = await stopMeant(ctx, isOwn);
    const elapsed_ms = Math.round(ctx.monotonic() - began);
    return reportOf(ctx, request, { jobs, end, stopped, warnings, elapsed_ms });
  } catch (error) {
    // Whatever happens, nothing is left behind.
    const stopped = await stopMeant(ctx, isOwn);
    throw isFailure(stopped) ? new Error(stopped.message, { cause: error }) : error;
  }
}

/** How long the output of a task that failed is waited for, ms: it is what people want to see. */
const LOG_PERIOD = 15_000;

const INTERRUPTED = new Failure("E901", "Interrupted; nothing was started");

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });

function chooseTasks(ctx: Context, asked: CiRequest) {
  const { config } = ctx.project;
  const named = tasksNamed(config, asked.names);
  if (isFailure(named)) return named;
  const unknown = unknownProfile(config.tasks, asked.profiles);
  if (unknown) return unknown;
  if (named.length === 0 && !config.auto_start)
    return new Failure("E500", "auto_start is false: name the tasks that are to be started");
  const request = { ...asked, names: namesOf(named) };
  const tasks = selected(ctx, named, request);
  if (tasks.some(({ oneshot }) => oneshot)) return { tasks, request };
  return new Failure("E500", "There is no job to wait for among the tasks", jobHint(config));
}

/** Jobs that are not among the tasks don't start by themselves, or were not named. */
function jobHint({ tasks }: Config): string {
  const jobs = namesOf(tasks.filter(({ oneshot }) => oneshot));
  return jobs.length === 0
    ? "A job is a task with oneshot = true. To start the tasks: taskmux start"
    : `Name the jobs that are to run: taskmux ci ${jobs.join(" ")}`;
}

/** E206 if anybody uses the session: what runs in it is not to be stopped. */
async function inUse(ctx: Context, view: SessionView): Promise<Failure | null> {
  const session = await view.current();
  if (isFailure(session)) return session;
  if (session === null && !isAnyOn(ctx)) return null;
  const name = ctx.project.session;
  return new Failure(
    "E206",
    `Session '${name}' is in use; ci would stop what runs in it`,
    `Stop it first: taskmux stop; or take another: taskmux ci --session ${name}-ci`,
  );
}

/** Launches nothing more, and waits for launches in progress; returns warnings. */
async function closed(ctx: Context, run: StartRun, tasks: Task[], end: CiEnd): Promise<string[]> {
  run.abandon({ reason: "the run has ended", root: "", failure: INTERRUPTED });
  await Promise.all(tasks.map((task) => run.outcome(task)));
  return end === "interrupted" ? [] : afterStart(ctx);
}

type Job = CiReport["jobs"][number];

/** A job before the stop, which changes its state. */
function jobNow(ctx: Context, run: StartRun, task: Task): Job {
  const { process, state } = observe(ctx, task);
  // What is on record may be of an earlier session.
  const isOwn = run.outcomeNow(task)?.kind === "started";
  const end = isOwn && process.kind === "ended" ? process.end : null;
  return { task: task.name, done: isOwn && isHealthy(state, task.oneshot), ...exitOf(end) };
}

interface Run {
  jobs: Job[];
  end: CiEnd;
  stopped: Answer<StopAll> | Failure;
  warnings: string[];
  elapsed_ms: number;
}

function reportOf(ctx: Context, { wait }: CiRequest, run: Run): Answer<CiReport> {
  const { jobs, end, stopped, elapsed_ms } = run;
  const stop = isFailure(stopped) ? { tasks: [], warnings: [] } : stopped.result;
  const failed = failedOf(run, wait);
  const failure = end === "interrupted" ? STOPPED : (failed?.failure ?? stopFailure(stopped));
  const left = "still_running" in stop ? stop.still_running : undefined;
  const result: CiReport = {
    ok: failure === null,
    ...(failure && { error: failure.message, error_code: failure.code }),
    session: ctx.project.session,
    action: "finished",
    jobs,
    failed: failed && failedKeys(failed),
    timed_out: end === "late",
    interrupted: end === "interrupted",
    stopped: stop.tasks,
    ...(left && { still_running: left }),
    elapsed_ms,
    warnings: [...run.warnings, ...stop.warnings],
  };
  return end === "late" ? { result, status: TIMED_OUT } : { result };
}

const STOPPED = new Failure("E901", "Interrupted; the tasks were stopped");

/** What failed: a task, or a job that has not ended in time. */
function failedOf({ end, jobs }: Run, wait: number | null) {
  if (typeof end === "object")
    return { task: end.task.name, failure: end.failure, ...exitOf(end.end) };
  const open = end === "late" ? jobs.find(({ done }) => !done) : undefined;
  if (open === undefined) return null;
  const sentence = `Task '${open.task}' has not ended (waited ${wait} s)`;
  return { task: open.task, failure: new Failure("E214", sentence), ...exitOf(null) };
}

const failedKeys = ({ failure, ...rest }: NonNullable<ReturnType<typeof failedOf>>) => ({
  ...rest,
  error: failure.message,
  error_code: failure.code,
});

function stopFailure(stopped: Run["stopped"]): Failure | null {
  if (isFailure(stopped)) return stopped;
  const { ok, error = "", error_code = "E900" } = stopped.result;
  return ok ? null : new Failure(error_code, error);
}
