import type { Task } from "../domain/config.ts";
import { Failure, isFailure } from "../domain/failure.ts";
import { inStartOrder, withDependencies } from "../domain/graph.ts";
import type { SeveralTasks, StartAll, StartTask } from "../domain/results.ts";
import { announce, bringUp, type BringUp, type Outcome, type Rising, settled } from "./bring-up.ts";
import type { Context, Use } from "./context.ts";
import { runHook } from "./hooks.ts";
import { waitsFor } from "./readiness.ts";
import { answer } from "./start-results.ts";
import { tasksNamed } from "./selection.ts";
import { logSettings, SessionView } from "./session.ts";

export interface StartRequest {
  /** None: all tasks with `auto_start`. */
  names: string[];
  /** Start what they depend on first. */
  dependencies: boolean;
  /** Return only when all are healthy, or after so many seconds; null: don't wait. */
  wait: number | null;
  /** End whoever listens on the tasks' ports. */
  forcePort: boolean;
}

/** What happened, by task, and what went not as asked. */
export interface Report {
  outcomes: Map<string, Outcome>;
  warnings: string[];
  /** The time of `wait` is up. */
  timedOut: boolean;
}

export type Started = StartAll | StartTask | SeveralTasks<StartTask>;

export async function start(ctx: Context, request: StartRequest): Use<Started> {
  const named = tasksNamed(ctx.project.config, request.names);
  if (isFailure(named)) return named;
  const tasks = selected(ctx, named, request);
  const isManual = request.names.length === 0 && !ctx.project.config.auto_start;
  const report = isManual ? await openOnly(ctx) : await startTasks(ctx, tasks, request);
  return isFailure(report) ? report : answer(ctx, request, tasks, report, "started");
}

/** The tasks to bring up, in the order of the config; dependencies belong to them whatever their `auto_start` says. */
export function selected(
  ctx: Context,
  named: Task[],
  { names, dependencies }: StartRequest,
): Task[] {
  const all = ctx.project.config.tasks;
  if (names.length > 0 && !dependencies) return all.filter((task) => names.includes(task.name));
  const roots = names.length > 0 ? named : all.filter((task) => task.auto_start);
  return withDependencies(
    all,
    roots.map((task) => task.name),
  );
}

/** With the top-level `auto_start = false`: a session with a window for each task, in which nothing runs. */
async function openOnly(ctx: Context): Promise<Report | Failure> {
  const view = new SessionView(ctx);
  const tasks = ctx.project.config.tasks;
  const opened = await ctx.lock.hold(async () => {
    const session = await view.current();
    if (isFailure(session)) return session;
    const marked = new Set(session?.panes.map((pane) => pane.task));
    const missing = tasks.filter((task) => !marked.has(task.name));
    const panes = await Promise.all(
      missing.map((task) =>
        view.open(ctx.launchers.prepareWindow(task.name, logSettings(ctx, task), null)),
      ),
    );
    return panes.find(isFailure) ?? null;
  });
  if (opened) return opened;
  const warnings = ["auto_start is false: nothing was launched; name a task to start it"];
  return { outcomes: new Map(), warnings, timedOut: false };
}

/** Brings the tasks up, with the global hooks around it, and waits as long as it is asked to. */
export async function startTasks(
  ctx: Context,
  tasks: Task[],
  request: StartRequest,
  view = new SessionView(ctx),
  event: BringUp["event"] = "task_started",
): Promise<Report | Failure> {
  const { hooks } = ctx.project.config;
  const hook = (name: "before_start" | "after_start") =>
    runHook(ctx, hooks, name, null, () => ctx.environments.ofProject());
  const begun = await ctx.lock.hold(async () => {
    const session = await view.current();
    if (isFailure(session)) return session;
    const refused = await hook("before_start");
    if (refused) return refused;
    const { names, forcePort } = request;
    const deadline = request.wait === null ? null : ctx.now() + request.wait * 1000;
    const wish = { tasks: inStartOrder(tasks), named: new Set(names), event, forcePort, deadline };
    if (request.names.length === 0 && session === null) ctx.record({ event: "session_started" });
    announce(ctx, wish);
    const up = bringUp(ctx, view, wish);
    // Launches that wait for nothing take the lock over before it is let go.
    await ctx.sleep(0);
    return { up, deadline };
  });
  if (isFailure(begun)) return begun;
  const report = await collect(ctx, tasks, begun.up, request, begun.deadline);
  const after = await hook("after_start");
  if (after) report.warnings.push(after.message);
  return report;
}

async function collect(
  ctx: Context,
  tasks: Task[],
  up: Rising,
  request: StartRequest,
  deadline: number | null,
): Promise<Report> {
  const outcomes = new Map<string, Outcome>();
  const warnings = unmetDependencies(tasks, request);
  const report: Report = { outcomes, warnings, timedOut: false };
  const timeIsUp = deadline === null ? NEVER : ctx.sleep(Math.max(0, deadline - ctx.now()));
  const all = tasks.map(async (task) => {
    const outcome = settled(ctx, task, await up.outcome(task));
    outcomes.set(
      task.name,
      deadline === null ? await outcome : await healthy(up, task, await outcome),
    );
  });
  await Promise.race([Promise.all(all), timeIsUp]);
  for (const task of tasks.filter(({ name }) => !outcomes.has(name))) {
    report.timedOut = true;
    outcomes.set(task.name, { kind: "failed", failure: tooLate(task, request) });
  }
  return report;
}

const NEVER = new Promise<never>(() => {});

const tooLate = (task: Task, { wait }: StartRequest): Failure =>
  new Failure("E214", `Task '${task.name}' was not healthy within ${wait} s: ${waitsFor(task)}`);

/** `--wait`: started is not enough. */
async function healthy(up: Rising, task: Task, outcome: Outcome): Promise<Outcome> {
  if (outcome.kind === "skipped" || outcome.kind === "failed") return outcome;
  const failure = await up.readiness(task);
  return failure === null ? outcome : { kind: "failed", failure };
}

/** `--no-deps`: what the named tasks may miss. */
function unmetDependencies(tasks: Task[], { dependencies }: StartRequest): string[] {
  if (dependencies) return [];
  return tasks
    .filter((task) => task.depends_on.length > 0)
    .map((task) => `Task '${task.name}' was not made to wait for ${task.depends_on.join(", ")}`);
}
