import type { Launch } from "../adapters/launch-script.ts";
import type { TaskMarks } from "../adapters/processes.ts";
import type { Surroundings } from "../adapters/task-environment.ts";
import type { Pane } from "../adapters/tmux-arguments.ts";
import type { Task } from "../domain/config.ts";
import { Failure, isFailure } from "../domain/failure.ts";
import { isHealthy } from "../domain/lifecycle.ts";
import type { Supervision } from "../domain/supervision.ts";
import type { Context } from "./context.ts";
import { freePort } from "./free-port.ts";
import { runHook } from "./hooks.ts";
import { stopProcesses } from "./ladder.ts";
import { observe, type Seen } from "./observe.ts";
import { logSettings, paneOf, type SessionView } from "./session.ts";

/** What became of the wish that a task runs. */
export type Launched =
  { kind: "started"; pid: number | null; warnings: string[] } | { kind: "already_running" };

/** How a task is asked for. `again`: a job that has done its work does it once more. */
export interface LaunchWish {
  again: boolean;
  /** Whoever listens on its port is ended, an owner or not. */
  forcePort?: boolean;
  /** What a monitor goes on knowing of the task, where it is one that launches. */
  supervision?: Supervision;
}

/** Makes a task run, if it doesn't. The lock must be held. */
export async function launchTask(
  ctx: Context,
  view: SessionView,
  task: Task,
  wish: LaunchWish,
): Promise<Launched | Failure> {
  const launcher = await launcherOf(ctx, view, task, wish);
  if (isFailure(launcher)) return launcher;
  const seen = await observeSettled(ctx, task, launcher);
  const isDone =
    seen.process.kind === "ended" && isHealthy(seen.state, task.oneshot) && !wish.again;
  if (isDone || (seen.process.kind === "alive" && launcher !== null)) return stayUp(ctx, task);
  return launchAnew(ctx, view, task, launcher, wish);
}

/** The launcher that a task has, by its pid: that of its pane. */
type Launcher = Pick<Pane, "pid">;

/** A monitor needs no answer of tmux, some 5 ms, where the launcher that recorded the end lives and can hear. */
async function launcherOf(
  ctx: Context,
  view: SessionView,
  task: Task,
  { supervision }: LaunchWish,
): Promise<Launcher | null | Failure> {
  const known =
    supervision && ctx.launchers.isReachable(task.name) ? ctx.state.launcher(task.name) : null;
  if (known) return known;
  const session = await view.current();
  return isFailure(session) ? session : paneOf(session, task.name);
}

function stayUp(ctx: Context, task: Task): Launched {
  if (ctx.state.memory(task.name).want !== "up") ctx.state.remember(task.name, { want: "up" });
  return { kind: "already_running" };
}

/** Looks at a task; a launch that was told and is not on record yet, since its teller died, is waited for. */
export async function observeSettled(
  ctx: Context,
  task: Task,
  pane: Launcher | null,
): Promise<Seen> {
  const seen = observe(ctx, task);
  if (seen.process.kind !== "pending" || pane === null) return seen;
  await ctx.launchers.settle(task.name);
  return observe(ctx, task);
}

async function launchAnew(
  ctx: Context,
  view: SessionView,
  task: Task,
  launcher: Launcher | null,
  wish: LaunchWish,
) {
  const plan = planOf(ctx, task, wish);
  if (isFailure(plan)) return plan;
  const hook = (name: "before_start" | "after_start") =>
    runHook(ctx, task.hooks, name, task.name, () => plan);
  const refused = await hook("before_start");
  if (refused) return refused;
  const freed = await freePort(ctx, task, { force: wish.forcePort ?? false });
  if (isFailure(freed)) return freed;
  const leftover = await endLeftovers(ctx, task, launcher, wish);
  if (isFailure(leftover)) return leftover;
  const pid = await tell(ctx, view, task, launcher, plan, wish.supervision ?? null);
  if (isFailure(pid)) return pid;
  const after = await hook("after_start");
  const warnings = [...freed.warnings, ...leftover, ...(after ? [after.message] : [])];
  return { kind: "started" as const, pid, warnings };
}

/** What is run, and where. */
type Plan = Surroundings & Pick<Launch, "command">;

/** A monitor's relaunch repeats the launch before: neither its own environment nor a config that was edited since counts. */
function planOf(ctx: Context, task: Task, wish: LaunchWish): Plan | Failure {
  const before = wish.supervision ? ctx.state.launchRecord(task.name) : null;
  if (before) return before;
  const surroundings = ctx.environments.ofTask(task);
  return isFailure(surroundings) ? surroundings : { command: task.command, ...surroundings };
}

/** How to tell the task's processes. A launcher is known to be alive by its pane. */
export const marksOf = (ctx: Context, task: string, launcher: Launcher | null): TaskMarks => ({
  launcher: launcher?.pid ?? null,
  scope: ctx.state.scope,
  task,
});

/** What an earlier launch left running (its window was closed, its command went to the background) must not run twice. */
async function endLeftovers(
  ctx: Context,
  task: Task,
  launcher: Launcher | null,
  { supervision }: LaunchWish,
) {
  const marks = marksOf(ctx, task.name, launcher);
  if (supervision && !ctx.scan.mayHaveMembers(marks)) return [];
  const ended = await stopProcesses(ctx, marks, 0);
  if (isFailure(ended)) return ended;
  if (ended.signal === null) return [];
  return [`Task '${task.name}': processes of an earlier launch were still running and were ended`];
}

async function tell(
  ctx: Context,
  view: SessionView,
  task: Task,
  launcher: Launcher | null,
  { command, shell, cwd, environment }: Plan,
  supervision: Supervision | null,
): Promise<number | null | Failure> {
  const plan = { command, shell, cwd, environment };
  const launch = launchOf(ctx, plan);
  const { run } = launch;
  // A launcher that can't hear gets a successor, whose pid isn't known yet.
  const hearer = ctx.launchers.isReachable(task.name) ? (launcher?.pid ?? null) : null;
  const isOpen = await prepare(ctx, view, task, launcher, launch);
  if (isFailure(isOpen)) return isOpen;
  ctx.state.recordLaunch(task.name, { run, ...plan });
  const before = ctx.state.memory(task.name).run;
  if (supervision) ctx.state.recordSupervision(task.name, { runs: [run, before], supervision });
  ctx.state.remember(task.name, { want: "up", run, launchedAt: ctx.now() });
  ctx.state.trimRecord(task.name);
  ctx.state.tidy(task.name);
  const isHeard = await ctx.launchers.launch(task.name, run, hearer);
  if (!isHeard) return new Failure("E602", `The window of task '${task.name}' does not answer`);
  const { process } = observe(ctx, task);
  return process.kind === "alive" ? process.pid : null;
}

function launchOf(ctx: Context, plan: Plan): Launch {
  const run = newRun(ctx);
  return {
    run,
    ...plan,
    umask: ctx.environments.umask,
    environment: { ...plan.environment, TASKMUX_RUN: run },
    forget: ctx.launchers.forgetPath,
  };
}

/** The task's launcher waits to be told; a window is opened for one if there is none that can hear. */
async function prepare(
  ctx: Context,
  view: SessionView,
  task: Task,
  launcher: Launcher | null,
  launch: Launch,
) {
  const log = logSettings(ctx, task);
  if (launcher === null) return view.open(ctx.launchers.prepareWindow(task.name, log, launch));
  if (ctx.launchers.isReachable(task.name)) {
    await view.rememberEnvironment();
    ctx.launchers.prepareLaunch(task.name, log, launch);
    return null;
  }
  // Someone removed the run directory: the launcher hears nothing any more. Its window goes last, for the session would
  // go with it.
  const session = await view.current();
  const pane = isFailure(session) ? null : paneOf(session, task.name);
  const failure = await view.open(ctx.launchers.prepareWindow(task.name, log, launch));
  if (pane !== null) await ctx.tmux.killPanes([pane.paneId]);
  return failure;
}

let launches = 0;

/** Unique for each launch: the scope tells the session, the rest the moment and the process that launched. */
const newRun = (ctx: Context): string =>
  `${ctx.state.scope}.${ctx.now().toString(36)}.${process.pid.toString(36)}.${++launches}`;
