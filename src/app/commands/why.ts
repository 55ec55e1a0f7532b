import type { LogFile } from "../../adapters/logs/file.ts";
import type { Task, Worktree } from "../../domain/config/config.ts";
import type { ErrorGroup } from "../../domain/diagnosis/digest/groups.ts";
import { isCause } from "../../domain/diagnosis/error-causes.ts";
import { localPrograms } from "../../domain/diagnosis/local-programs.ts";
import type { RecordedEvent } from "../../domain/events.ts";
import { explain } from "../../domain/diagnosis/why.ts";
import type { Background, ShownFacts } from "../../domain/diagnosis/why-facts.ts";
import { isFailure } from "../../domain/failure.ts";
import { type End, endedAt, isHealthy } from "../../domain/tasks/lifecycle.ts";
import { isoOfStamp, isOwnText, withoutColour } from "../../domain/logs/line.ts";
import { type LogEntry, take } from "../../domain/logs/merge.ts";
import type { Why } from "../../domain/results/why.ts";
import type { Context, Use } from "../context.ts";
import { portFacts } from "../tasks/port-facts.ts";
import { logLine } from "../logs/logs.ts";
import { errorsIn, lastLaunch, placesOf } from "../logs/run-errors.ts";
import { type LogRun, runOfLaunch } from "../logs/runs.ts";
import { type TaskSnapshot, waitsAt } from "../tasks/observe.ts";
import { waitsFor } from "../tasks/readiness.ts";
import { outputLogged } from "../tasks/on-record.ts";
import { leftNow } from "../tasks/left-behind.ts";
import { staleKeys, stalenessNow } from "../tasks/staleness.ts";
import { taskNamed } from "../selection.ts";
import { findSession } from "../tasks/session.ts";
import { refusalOf } from "./status.ts";
import { examine, exitOf } from "../tasks/examine.ts";
import type { HealthRecord } from "../../adapters/state/records.ts";

/** The dependencies of `why` in addition to the context. */
export interface WhyDeps {
  /** The newest matching events, oldest first. */
  newestEvents(count: number, isWanted: (event: RecordedEvent) => boolean): RecordedEvent[];
  isDirectory(path: string): boolean;
  isExecutable(path: string): boolean;
  /** Whether a worktree is still where it was. */
  isWorktree(worktree: Worktree): boolean;
}

/** Explains a task's state from the records, its checks, and the listeners on its port. */
export async function why(ctx: Context, { name }: { name: string }, deps: WhyDeps): Use<Why> {
  const task = taskNamed(ctx.project.config, name);
  if (isFailure(task)) return task;
  const session = await findSession(ctx);
  if (isFailure(session)) return session;
  const { shown, background } = await factsOf(ctx, task, deps);
  return { result: { ...shown, ...explain({ ...shown, ...background }, ctx.now()) } };
}

async function factsOf(
  ctx: Context,
  task: Task,
  deps: WhyDeps,
): Promise<{ shown: ShownFacts; background: Background }> {
  const [{ seen, health }, port, depends_on] = await Promise.all([
    examine(ctx, task),
    portFacts(ctx, task),
    Promise.all(task.depends_on.map((name) => dependencyOf(ctx, name))),
  ]);
  const cwd = task.cwd ?? ctx.project.directory;
  const state = stateFacts(ctx.now(), task, seen, health);
  const { errors, ...output } = await logFacts(ctx, task);
  const causeFacts = { ...state, recoveredAt: recoveredAt(ctx, task, seen, deps) };
  const shown: ShownFacts = {
    task: task.name,
    session: ctx.project.session,
    ...state,
    ...eventFacts(ctx, task, deps),
    ...restartFacts(ctx, task, seen),
    ...output,
    waits_at: waitsAt(ctx, task, seen),
    errors: errors.map((group) => ({
      ...group,
      task: task.name,
      ts: group.last_at,
      is_cause: isCause(group, causeFacts),
    })),
    depends_on: depends_on.flat(),
    port,
    url: ctx.ports.addresses.urlOf(task),
    worktree: worktreeFacts(ctx, deps),
    ...staleKeys(stalenessNow(ctx, task, seen)),
    left: await leftNow(ctx, task, seen),
    cwd,
    cwd_exists: deps.isDirectory(cwd),
    ...(task.source !== undefined && { source: task.source }),
  };
  return { shown, background: backgroundOf(ctx, task, seen, deps) };
}

function worktreeFacts({ project }: Context, { isWorktree }: WhyDeps): Why["worktree"] {
  const worktree = project.checkout?.worktree ?? null;
  if (worktree === null) return null;
  const { id, main, top: path } = worktree;
  return { id, main, path, exists: isWorktree(worktree) };
}

function backgroundOf(
  ctx: Context,
  task: Task,
  { memory, process, gaveUp }: TaskSnapshot,
  { isExecutable }: WhyDeps,
): Background {
  const end = process.kind === "ended" ? process.end : null;
  const isReady = memory.run !== null && ctx.state.task(task.name).output.isReady(memory.run);
  return {
    rules: task,
    command: task.command,
    end,
    gaveUp,
    localProgram: localProgramOf(ctx, task, end, isExecutable),
    waitsFor: waitsFor(ctx, task),
    isLeft: memory.refused?.isForDependency === true,
    missingLine: isReady ? null : task.ready_log,
  };
}

/** Of a command that its shell did not find: the program that its directory has. */
function localProgramOf(
  { project }: Context,
  { cwd, command }: Task,
  end: End | null,
  isExecutable: WhyDeps["isExecutable"],
): string | null {
  if (end?.kind !== "exit" || end.status !== 127) return null;
  const directory = cwd ?? project.directory;
  return localPrograms(command).find((path) => isExecutable(`${directory}/${path}`)) ?? null;
}

function stateFacts(now: number, task: Task, seen: TaskSnapshot, health: HealthRecord | null) {
  const { process, memory, state } = seen;
  const end = process.kind === "ended" ? process.end : null;
  const { launchedAt } = memory;
  const at = end === null || end.kind === "lost" ? null : endedAt(end, launchedAt, now);
  return {
    state,
    healthy: isHealthy(state, task.oneshot),
    want: memory.want,
    pid: process.kind === "alive" ? process.pid : null,
    started_at: iso(launchedAt),
    refused: refusalOf(seen),
    since: iso(end === null ? launchedAt : at),
    last_exit: end && exitFacts(end, at, launchedAt),
    last_health: health && {
      ok: health.ok,
      method: health.method,
      reason: health.reason,
      at: health.at,
    },
  };
}

const iso = (time: number | null): string | null =>
  time === null ? null : new Date(time).toISOString();

const exitFacts = (end: End, endedAt: number | null, launchedAt: number | null) => ({
  ...exitOf(end),
  at: iso(endedAt),
  after_ms:
    endedAt === null || launchedAt === null ? null : Math.max(0, Math.round(endedAt - launchedAt)),
});

/** Events of users' commands. */
const ORDERS = new Set(["task_started", "task_restarted", "task_stopped", "task_killed"]);

const MOST_EVENTS = 5;

function eventFacts(ctx: Context, task: Task, { newestEvents }: WhyDeps) {
  const isOwn = (event: RecordedEvent): boolean =>
    event.session === ctx.project.session && "task" in event && event.task === task.name;
  const [order] = newestEvents(1, (event) => isOwn(event) && ORDERS.has(event.event));
  return {
    events: newestEvents(MOST_EVENTS, isOwn),
    want_set: order ? { event: order.event, at: order.ts, by: actorIn(order) } : null,
  };
}

const actorIn = (event: RecordedEvent): string | null =>
  "by" in event && typeof event.by === "string" ? event.by : null;

function restartFacts(ctx: Context, task: Task, { supervision, restartAt }: TaskSnapshot) {
  return {
    restart_policy: task.restart_policy,
    restarts: supervision?.count ?? 0,
    max_restarts: task.max_restarts,
    next_restart_at: iso(restartAt),
    monitor: ctx.monitor(),
  };
}

async function dependencyOf(ctx: Context, name: string) {
  const task = ctx.project.config.tasks.find((one) => one.name === name);
  if (task === undefined) return [];
  const { seen } = await examine(ctx, task);
  return [{ task: name, state: seen.state, healthy: isHealthy(seen.state, task.oneshot) }];
}

/** When the task last became healthy in its run, as a monitor or a check has recorded it; ISO 8601. */
function recoveredAt(
  ctx: Context,
  task: Task,
  { memory }: TaskSnapshot,
  { newestEvents }: WhyDeps,
): string | null {
  const { run, launchedAt } = memory;
  if (run === null || launchedAt === null) return null;
  const launched = new Date(launchedAt).toISOString();
  const [event] = newestEvents(
    1,
    (one) =>
      one.event === "task_healthy" &&
      one.session === ctx.project.session &&
      one.task === task.name &&
      one.ts >= launched,
  );
  const passed = iso(ctx.state.task(task.name).health.passedAt(run));
  return (
    [event?.ts, passed]
      .filter((at) => at !== undefined && at !== null)
      .toSorted()
      .at(-1) ?? null
  );
}

/** How many of the last lines are shown, and how much of each. */
const MOST_LINES = 5;
const MOST_TEXT = 300;

/** What the last launch printed. */
async function logFacts(ctx: Context, task: Task) {
  const log_error = ctx.state.task(task.name).logError();
  await outputLogged(ctx, task.name);
  const file = await ctx.openLog(task);
  const run = runOfLaunch(file, lastLaunch(ctx, task));
  const nothing = { run: null, errors: [] as ErrorGroup[], last_lines: [] };
  const facts = run === null ? nothing : runFacts(file, run, placesOf(ctx, task));
  file.close();
  return { log_error, ...facts };
}

const runFacts = (file: LogFile, run: LogRun, places: ReturnType<typeof placesOf>) => ({
  run: { pid: run.pid, started_at: run.startedAt && isoOfStamp(run.startedAt) },
  errors: errorsIn(file, run, places),
  last_lines: [...take(linesFromEnd(file, run), MOST_LINES)]
    .toReversed()
    .map((line) => logLine({ ...line, gap: false })),
});

/** The lines of the task itself, the newest first. */
function* linesFromEnd(file: LogFile, { from, to }: LogRun): Generator<LogEntry, void> {
  for (const entry of file.lines("newest first", from, to, null)) {
    const text = withoutColour(entry.text);
    if (!isOwnText(text) && text.trim() !== "") yield { ...entry, text: shortened(text) };
  }
}

const shortened = (text: string): string =>
  text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT).toWellFormed()}…` : text;
