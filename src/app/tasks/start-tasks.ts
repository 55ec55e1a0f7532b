import type { Task } from "../../domain/config/config.ts";
import { isInProfiles, tasksInProfiles } from "../../domain/config/profiles.ts";
import { configOfFile } from "../../domain/config/run-task.ts";
import { type Failure, isFailure } from "../../domain/failure.ts";
import { inStartOrder, withDependencies } from "../../domain/tasks/graph.ts";
import { type StartOutcome, settled, type StartOptions, StartRun } from "./bring-up.ts";
import type { Context } from "../context.ts";
import { choosePorts } from "./choose-ports.ts";
import { runHook } from "./hooks.ts";
import type { Joining } from "./joined.ts";
import { staysAsItIs } from "./launch.ts";
import { refuseWithoutTmux, wantInVain } from "./refusal.ts";
import { logSettings } from "./session.ts";
import { SessionView } from "./session-view.ts";
import { announce } from "./waiting.ts";

export interface StartRequest {
  /** Empty: all tasks with `auto_start`. */
  names: string[];
  /** Names or globs: without `names`, tasks of these profiles too. */
  profiles: readonly string[];
  /** Start their dependencies first. */
  dependencies: boolean;
  /** Return only when all are healthy, or after this many seconds; null: don't wait. */
  wait: number | null;
  /** End any listener on the tasks' ports. */
  forcePort: boolean;
  /** How a restart finds out that another command has done it already. */
  joins: Joining;
}

/** The results by task, and the warnings. */
export interface Report {
  outcomes: Map<string, StartOutcome>;
  warnings: string[];
  /** The timeout of `wait` has expired. */
  timedOut: boolean;
}

/** The tasks to start, in the order of the config; dependencies are included whatever their `auto_start`. */
export function selected(
  ctx: Context,
  named: Task[],
  { names, profiles, dependencies }: StartRequest,
): Task[] {
  const all = ctx.project.config.tasks;
  const isStarted = (task: Task) => task.auto_start && isInProfiles(task, profiles);
  if (names.length > 0 && !dependencies) return all.filter((task) => names.includes(task.name));
  const roots = names.length > 0 ? named : all.filter(isStarted);
  return withDependencies(
    all,
    roots.map((task) => task.name),
  );
}

/** With the top-level `auto_start = false`: creates a session with an empty window for each task that a bare start means. */
export async function openOnly(
  ctx: Context,
  { profiles }: StartRequest,
): Promise<Report | Failure> {
  const view = new SessionView(ctx);
  const tasks = tasksInProfiles(configOfFile(ctx.project.config).tasks, profiles);
  const opened = await ctx.lock.hold(async () => {
    const session = await view.current();
    if (isFailure(session)) return session;
    const marked = new Set(session?.panes.map((pane) => pane.task));
    const missing = tasks.filter((task) => !marked.has(task.name));
    const panes = await Promise.all(
      missing.map((task) =>
        view.open(() => ctx.launchers.prepareWindow(task.name, logSettings(ctx, task), null)),
      ),
    );
    return panes.find(isFailure) ?? null;
  });
  if (opened) return opened;
  const warnings = ["auto_start is false: nothing was launched; name a task to start it"];
  return { outcomes: new Map(), warnings, timedOut: false };
}

/** The options of a restart's launches. `isOnlyWait`: all tasks run, so no hook does. */
type LaunchingOptions = Pick<StartOptions, "event" | "plans"> & { isOnlyWait?: boolean };

/** Starts the tasks, with the global hooks around them, and waits as requested. */
export async function startTasks(
  ctx: Context,
  tasks: Task[],
  request: StartRequest,
  view = new SessionView(ctx),
  options = STARTING,
): Promise<Report | Failure> {
  const deadline = request.wait === null ? null : ctx.monotonic() + request.wait * 1000;
  if (request.wait !== null) ctx.tmux.answerWithin(request.wait * 1000);
  const begun = await ctx.lock.hold(() => begin(ctx, tasks, request, view, options));
  if (isFailure(begun)) return begun;
  const report = await collect(ctx, tasks, begun.run, request, deadline);
  report.warnings.unshift(...begun.warnings);
  const after = await globalHook(ctx, "after_start", options);
  if (after) report.warnings.push(after.message);
  return report;
}

/** Chooses the ports, runs the global hook and begins the launches. The lock must be held. */
async function begin(
  ctx: Context,
  tasks: Task[],
  { names, forcePort }: StartRequest,
  view: SessionView,
  launching: LaunchingOptions,
): Promise<{ run: StartRun; warnings: string[] } | Failure> {
  const asked = view.current();
  // While tmux answers; without a server it does at once.
  ctx.launchers.install();
  if (ctx.tmux.mayBeRunning) ctx.scan.warmCache();
  const session = await asked;
  const named = new Set(names);
  const launched = () => tasks.filter((task) => !staysAsItIs(ctx, task, named.has(task.name)));
  if (isFailure(session)) return refuseWithoutTmux(ctx, launched(), session);
  ctx.environments.keepCaller();
  const { warnings } = await choosePorts(ctx, launched, forcePort);
  const refused = await globalHook(ctx, "before_start", launching);
  if (refused) {
    for (const task of launched()) wantInVain(ctx, task, refused.message);
    return refused;
  }
  const { event, plans } = launching;
  const options = { tasks: inStartOrder(tasks), named, event, forcePort };
  if (session === null) ctx.state.forgetNote();
  if (names.length === 0 && session === null) ctx.record({ event: "session_started" });
  announce(ctx, options);
  const run = new StartRun(ctx, view, plans ? { ...options, plans } : options);
  await run.begin();
  // Launches that wait for nothing take over the lock before it is released.
  await ctx.sleep(0);
  return { run, warnings };
}

/** Begins a start whose end the caller waits for. The lock must be held. */
export async function beginStart(
  ctx: Context,
  tasks: Task[],
  request: StartRequest,
  view: SessionView,
): Promise<{ run: StartRun; warnings: string[] } | Failure> {
  const begun = await begin(ctx, tasks, request, view, STARTING);
  if (isFailure(begun)) return begun;
  return { ...begun, warnings: [...begun.warnings, ...unmetDependencies(tasks, request)] };
}

/** The hook at the end of such a start; returns warnings. */
export async function afterStart(ctx: Context): Promise<string[]> {
  const failure = await globalHook(ctx, "after_start", STARTING);
  return failure === null ? [] : [failure.message];
}

const STARTING: LaunchingOptions = { event: "task_started" };

async function globalHook(
  ctx: Context,
  name: "before_start" | "after_start",
  { isOnlyWait }: LaunchingOptions,
): Promise<Failure | null> {
  if (isOnlyWait) return null;
  return runHook(ctx, ctx.project.config.hooks, name, null, () => ctx.environments.ofProject());
}

async function collect(
  ctx: Context,
  tasks: Task[],
  run: StartRun,
  request: StartRequest,
  deadline: number | null,
): Promise<Report> {
  const warnings = unmetDependencies(tasks, request);
  const wait = deadline === null ? null : await untilHealthy(ctx, tasks, run, deadline);
  const timedOut = wait === "late";
  const outcomes = timedOut ? atDeadline(tasks, run, request) : await atEnd(ctx, tasks, run);
  return { outcomes, warnings, timedOut };
}

/** The result for each task once nothing is launched any more; a task that has failed by then was not started. */
async function atEnd(ctx: Context, tasks: Task[], run: StartRun): Promise<Report["outcomes"]> {
  await Promise.all(tasks.map((task) => run.outcome(task)));
  const outcomes = tasks.map(async (task): Promise<[string, StartOutcome]> => {
    const failure = run.failures.get(task.name);
    const outcome = await run.outcome(task);
    return [task.name, failure ? { kind: "failed", failure } : await settled(ctx, task, outcome)];
  });
  return new Map(await Promise.all(outcomes));
}

/** The timeout of `--wait` has expired: what isn't healthy now has failed. */
function atDeadline(tasks: Task[], run: StartRun, { wait }: StartRequest): Report["outcomes"] {
  const outcomes = tasks.map((task): [string, StartOutcome] => {
    const outcome = run.outcomeNow(task);
    const health = healthOf(run, task);
    if (outcome && health === null) return [task.name, outcome];
    const failure = isFailure(health) ? health : run.late(task, wait ?? 0);
    return [task.name, { kind: "failed", failure }];
  });
  const [root, first] = outcomes.find(([, { kind }]) => kind === "failed")!;
  const { failure } = first as StartOutcome & { kind: "failed" };
  run.abandon({ reason: "the timeout of --wait expired", root, failure });
  return new Map(outcomes);
}

/** `--wait`: until all are healthy at one observation, one can't become healthy any more, or the timeout expires. */
async function untilHealthy(
  ctx: Context,
  tasks: Task[],
  run: StartRun,
  deadline: number,
): Promise<"decided" | "late"> {
  for (;;) {
    const found = tasks.map((task) => [task, healthOf(run, task)] as const);
    if (found.every(([, health]) => health === null)) return "decided";
    // A call of tmux that was cut off at the limit has failed because of it.
    if (ctx.monotonic() >= deadline || ctx.cancelled?.aborted) return "late";
    const failed = found.find(([, health]) => isFailure(health));
    if (failed) {
      const [{ name }, failure] = failed as [Task, Failure];
      run.abandon({ reason: `the start ended when '${name}' failed`, root: name, failure });
      return "decided";
    }
    await run.looks.next();
  }
}

/** Whether a task is healthy now; a skipped task's reason is another task's failure. */
function healthOf(run: StartRun, task: Task): Failure | null | "waits" {
  const outcome = run.outcomeNow(task);
  if (outcome === undefined || outcome.kind === "skipped") return "waits";
  return outcome.kind === "failed" ? outcome.failure : run.look(task);
}

/** `--no-deps`: the dependencies that the named tasks may lack. */
function unmetDependencies(tasks: Task[], { dependencies }: StartRequest): string[] {
  if (dependencies) return [];
  return tasks
    .filter((task) => task.depends_on.length > 0)
    .map(
      (task) =>
        `Task '${task.name}' was started without waiting for: ${task.depends_on.join(", ")}`,
    );
}
