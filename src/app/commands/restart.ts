import type { TmuxSession } from "../../adapters/tmux/arguments.ts";
import { type Failure, isFailure } from "../../domain/failure.ts";
import type { Task } from "../../domain/config/config.ts";
import { restartedWith } from "../../domain/tasks/dependency-restart.ts";
import type { Context, Use } from "../context.ts";
import type { StartOutcome } from "../tasks/bring-up.ts";
import { type RequestedRestart, requestedNow, isJoined } from "../tasks/joined.ts";
import { isUp, preflight, type Preflight } from "../tasks/preflight.ts";
import { refuse, refuseWithoutTmux } from "../tasks/refusal.ts";
import { namesInProfiles, namesOf, tasksNamed } from "../selection.ts";
import { stayingUp } from "../tasks/staying-up.ts";
import { SessionView } from "../tasks/session-view.ts";
import { answer } from "./start-results.ts";
import type { Started } from "./start.ts";
import { endAct } from "../tasks/try-to-record.ts";
import { type Report, selected, type StartRequest, startTasks } from "../tasks/start-tasks.ts";
import { type Stopped, stopTasks } from "../tasks/stop-tasks.ts";
import { everyTask, type Stoppable } from "../tasks/stoppable.ts";

/** `meant`: the tasks that are meant if none is named; null: all. */
interface RestartRequest extends StartRequest {
  meant: ReadonlySet<string> | null;
}

const isMeant = ({ names, meant }: RestartRequest, name: string): boolean =>
  names.length > 0 ? names.includes(name) : meant?.has(name) !== false;

/**
 * Stops tasks and launches them again in the same windows. A task that could not be launched again is not stopped, and
 * neither is one that another command has launched since this restart was requested.
 */
export async function restart(ctx: Context, wanted: StartRequest): Use<Started> {
  const named = tasksNamed(ctx.project.config, wanted.names);
  if (isFailure(named)) return named;
  const meant = namesInProfiles(ctx.project.config, wanted.profiles);
  if (isFailure(meant)) return meant;
  const own = namesOf(named);
  const more = wanted.dependencies ? dependentsRestarted(ctx, own) : [];
  const all = tasksNamed(ctx.project.config, [...own, ...more]);
  if (isFailure(all)) return all;
  const request = { ...wanted, names: namesOf(all), meant };
  const view = new SessionView(ctx);
  const asked = requestedNow(ctx, request.joins);
  // The lock is kept in between, so that no `start` of another command comes first.
  const begun = await ctx.lock.hold(async () => {
    const session = await view.current();
    if (isFailure(session)) {
      const tasks = tasksToStart(ctx, all, request, (task) => isUp(ctx, task));
      return refuseWithoutTmux(ctx, tasks, session);
    }
    return stopAndStart(ctx, view, session, all, request, asked);
  });
  if (isFailure(begun)) return begun;
  const report = await begun.report;
  if (isFailure(report)) return report;
  const settled = request.wait === null ? report : await stayingUp(ctx, begun.tasks, report);
  const asAsked = { ...request, names: own, dependents: more };
  return answer(ctx, asAsked, begun.tasks, settled, "restarted");
}

/** The dependents of named tasks that restart with them, if they should run. */
function dependentsRestarted(ctx: Context, names: string[]): string[] {
  const isOn = ({ name }: Task): boolean => {
    const { want, run } = ctx.state.task(name).memory();
    return want === "up" && run !== null;
  };
  return restartedWith(ctx.project.config.tasks, names, isOn);
}

async function stopAndStart(
  ctx: Context,
  view: SessionView,
  session: TmuxSession | null,
  named: Task[],
  request: RestartRequest,
  asked: RequestedRestart,
) {
  const chosen = chosenTasks(ctx, session, request);
  const joined = joinedAmong(ctx, chosen, asked);
  const stoppable = chosen.filter(({ name }) => !joined.has(name));
  const isStopped = (name: string) => stoppable.some((task) => task.name === name);
  const known = tasksToStart(ctx, named, request, (task) => isUp(ctx, task));
  const { forcePort } = request;
  const checks = await preflight(ctx, session, { tasks: known, isStopped, forcePort });
  const { kept, plans } = checks;
  recordRefusals(ctx, known, kept);
  // Then no hook runs either.
  if (known.length > 0 && known.every(({ name }) => kept.has(name)))
    return { tasks: known, report: Promise.resolve(untouched(kept)) };
  const others = stoppable.filter(({ name }) => !kept.has(name));
  const isOnlyWait = known.length > 0 && known.every(({ name }) => joined.has(name));
  const stopped = isOnlyWait ? new Map<string, Stopped>() : await stopAll(ctx, session, others);
  if (isFailure(stopped)) return stopped;
  const ran = ({ name }: Task) =>
    kept.has(name) || joined.has(name) || hadProcesses(stopped.get(name));
  const tasks = tasksToStart(ctx, named, request, ran);
  const options = { event: "task_restarted" as const, plans, isOnlyWait };
  const report = startTasks(ctx, tasks, asNamed(request, tasks), view, options);
  const restarted = new Set(chosen.map(({ name }) => name));
  return { tasks, report: report.then((one) => withKept(withJoined(one, restarted), checks)) };
}

/** All tasks, or those that are meant; also those that left the config, unless some are named. */
function chosenTasks(ctx: Context, session: TmuxSession | null, request: RestartRequest) {
  const isGone = ({ task }: Stoppable) => task === null && request.names.length === 0;
  return everyTask(ctx, session).filter((task) => isGone(task) || isMeant(request, task.name));
}

/** Stops tasks that will be launched again; a failure if one of them can't be ended. */
async function stopAll(ctx: Context, session: TmuxSession | null, tasks: Stoppable[]) {
  const stopped = await stopTasks(ctx, session, tasks, "up");
  if (isFailure(stopped)) return stopped;
  const failure = [...stopped.results.values()].find(isFailure);
  if (failure === undefined) return stopped.results;
  for (const { name } of tasks) endAct(ctx, name);
  return failure;
}

function joinedAmong(
  ctx: Context,
  tasks: Stoppable[],
  asked: RequestedRestart,
): ReadonlySet<string> {
  const found = tasks.filter(({ task }) => task !== null && isJoined(ctx, task, asked));
  return new Set(found.map(({ name }) => name));
}

/** A task that was to be restarted and runs without a launch of this command was launched by another one since. */
function withJoined(report: Report | Failure, restarted: ReadonlySet<string>): Report | Failure {
  if (isFailure(report)) return report;
  const outcomes = [...report.outcomes].map(([name, outcome]): [string, StartOutcome] => {
    const isDone = outcome.kind === "already_running" && restarted.has(name);
    return [name, isDone ? { ...outcome, joined: true } : outcome];
  });
  return { ...report, outcomes: new Map(outcomes) };
}

/** The tasks are running, and stay wanted. */
function recordRefusals(ctx: Context, tasks: Task[], kept: Preflight["kept"]): void {
  for (const task of tasks) {
    const outcome = kept.get(task.name);
    if (outcome?.kind === "failed") refuse(ctx, task, outcome.failure);
  }
}

const untouched = (kept: Preflight["kept"]): Report => ({
  outcomes: kept,
  warnings: warningsOf(kept),
  timedOut: false,
});

const warningsOf = (kept: Preflight["kept"]): string[] =>
  [...kept.keys()].map((name) => `Task '${name}' was not stopped and is still running`);

/** For the start, these tasks were running already. */
function withKept(report: Report | Failure, { kept, warnings }: Preflight): Report | Failure {
  if (isFailure(report)) return report;
  const outcomes = new Map([...report.outcomes, ...kept]);
  return { ...report, outcomes, warnings: [...warnings, ...report.warnings, ...warningsOf(kept)] };
}

/** A restarted job runs again, whether it was named or not. */
const asNamed = (request: RestartRequest, tasks: Task[]): StartRequest =>
  request.names.length > 0 ? request : { ...request, names: namesOf(tasks) };

const hadProcesses = (stopped: Stopped | undefined): boolean =>
  stopped !== undefined && !isFailure(stopped) && stopped.signal !== null;

/** Without names: the tasks that start automatically, and those that were running. */
function tasksToStart(
  ctx: Context,
  named: Task[],
  request: RestartRequest,
  ran: (task: Task) => boolean,
): Task[] {
  const own = new Set(selected(ctx, named, request).map((task) => task.name));
  const mayRun = ({ name }: Task) => request.names.length === 0 && isMeant(request, name);
  const isWanted = (task: Task) => own.has(task.name) || (mayRun(task) && ran(task));
  return ctx.project.config.tasks.filter(isWanted);
}
