import type { Task } from "../../domain/config/config.ts";
import { type Failure, isFailure } from "../../domain/failure.ts";
import { isHealthy } from "../../domain/tasks/lifecycle.ts";
import type { Supervision } from "../../domain/tasks/supervision.ts";
import type { Context } from "../context.ts";
import { freeOrMovePort, settlePort } from "./choose-ports.ts";
import { refuseDropped } from "./dropped.ts";
import { freePort } from "./free-port.ts";
import { runHook } from "./hooks.ts";
import { stopProcesses } from "./terminate.ts";
import { readProcessState, observe, type TaskSnapshot } from "./observe.ts";
import { type Launcher, launcherIn } from "./session.ts";
import type { SessionView } from "./session-view.ts";
import { factsOf, staleWarning } from "./staleness.ts";
import { type LaunchPlan, TaskLaunch } from "./task-launch.ts";
import { marksOf } from "./task-marks.ts";
import { endAct } from "./try-to-record.ts";

/** The result of a request to run a task. `joined`: another command has done what a restart was asked for. */
export type Launched =
  | { kind: "started"; pid: number | null; warnings: string[] }
  | { kind: "already_running"; pid: number | null; warnings: string[]; joined?: boolean };

/** The options of a launch. `again`: a finished job runs again. */
export interface LaunchOptions {
  again: boolean;
  /** End any listener on its port, even one with an owner. */
  forcePort?: boolean;
  /** The monitor's state of the task, if a monitor launches it. */
  supervision?: Supervision;
  /** Whether all dependencies are ready; called right before the launch. */
  mayLaunch?: () => boolean;
  /** The launch plan, if it was already made and checked. */
  plan?: LaunchPlan | null;
}

/** Launches a task, unless it is running or its dependencies are not ready. The lock must be held. */
export async function launchTask(
  ctx: Context,
  view: SessionView,
  task: Task,
  options: LaunchOptions & { mayLaunch: () => boolean },
): Promise<Launched | "held back" | Failure>;
export async function launchTask(
  ctx: Context,
  view: SessionView,
  task: Task,
  options: LaunchOptions & { mayLaunch?: never },
): Promise<Launched | Failure>;
export async function launchTask(
  ctx: Context,
  view: SessionView,
  task: Task,
  options: LaunchOptions,
): Promise<Launched | "held back" | Failure> {
  const launcher = await listeningLauncher(ctx, view, task, options);
  if (isFailure(launcher)) return launcher;
  const seen = await observeSettled(ctx, task, launcher);
  const staysUp = isUp(seen) && launcher !== null;
  if (staysUp || isDone(seen, task, options.again)) return stayUp(ctx, task, seen);
  return launchNew(ctx, view, task, launcher, options);
}

/** Whether a start has nothing to do: the task is running, or is a finished job. Doesn't check its window. */
export function staysAsItIs(ctx: Context, task: Task, again: boolean): boolean {
  const seen = observe(ctx, task);
  return isUp(seen) || isDone(seen, task, again);
}

/** A process that its monitor has given up is replaced by a new launch. */
const isUp = ({ process, gaveUp }: TaskSnapshot): boolean => process.kind === "alive" && !gaveUp;

const isDone = ({ process, state }: TaskSnapshot, { oneshot }: Task, again: boolean): boolean =>
  process.kind === "ended" && isHealthy(state, oneshot) && !again;

/** A monitor skips the call of tmux (about 5 ms) if the launcher that recorded the end is running and reachable. */
async function listeningLauncher(
  ctx: Context,
  view: SessionView,
  task: Task,
  { supervision }: LaunchOptions,
): Promise<Launcher | null | Failure> {
  const isReachable = supervision && ctx.launchers.isReachable(task.name);
  const known = isReachable ? ctx.state.task(task.name).launcher() : null;
  if (known) return known;
  const session = await (supervision ? view.look() : view.current());
  return isFailure(session) ? session : launcherIn(ctx, session, task.name);
}

function stayUp(ctx: Context, task: Task, { process }: TaskSnapshot): Launched {
  const files = ctx.state.task(task.name);
  if (files.memory().want !== "up") files.remember({ want: "up" });
  const pid = process.kind === "alive" ? process.pid : null;
  return { kind: "already_running", pid, warnings: staleWarning(ctx, task) };
}

/** Observes a task; waits for a launch that is not recorded yet because its command died. */
export async function observeSettled(
  ctx: Context,
  task: Task,
  pane: Launcher | null,
): Promise<TaskSnapshot> {
  const seen = observe(ctx, task);
  const { run } = seen.memory;
  if (seen.process.kind !== "pending" || pane === null || run === null) return seen;
  await ctx.launchers.settle(task.name, run);
  return observe(ctx, task);
}

async function launchNew(
  ctx: Context,
  view: SessionView,
  task: Task,
  launcher: Launcher | null,
  options: LaunchOptions,
): Promise<Launched | "held back" | Failure> {
  const mayLaunch = options.mayLaunch ?? (() => true);
  if (!mayLaunch()) return "held back";
  const dropped = refuseDropped(ctx, task);
  if (dropped) return dropped;
  const warnings = await settlePort(ctx, task, options.forcePort ?? false);
  if (isFailure(warnings)) return warnings;
  const planned = options.plan ?? planOf(ctx, task, options.supervision);
  if (isFailure(planned)) return planned;
  const unresolved = ctx.environments.unresolved(task);
  if (unresolved) return unresolved;
  const plan = ctx.environments.withAddresses(task, planned);
  // Other commands must see a launch that may take long.
  if (isLong(task)) showStart(ctx, task, options);
  try {
    const launched = await launchPlan(ctx, view, task, launcher, { ...options, mayLaunch, plan });
    if (isFailure(launched) || launched === "held back") return launched;
    return { ...launched, warnings: [...warnings, ...launched.warnings] };
  } finally {
    if (isLong(task)) endAct(ctx, task.name);
  }
}

/** Whether a launch may take long before its command runs. */
const isLong = ({ hooks, port }: Task): boolean => hooks.before_start !== null || port !== null;

/** Records that the task is being launched. */
function showStart(ctx: Context, task: Task, { supervision }: LaunchOptions): void {
  const act = ctx.state.act("starting");
  // How an earlier launch ended says nothing about this one; but a monitor must recognize the launch that it replaces.
  const isFresh = !supervision && readProcessState(ctx, task).process.kind !== "alive";
  ctx.state.task(task.name).remember(isFresh ? { want: "up", run: null, act } : { act });
}

async function launchPlan(
  ctx: Context,
  view: SessionView,
  task: Task,
  launcher: Launcher | null,
  options: LaunchOptions & { mayLaunch: () => boolean; plan: LaunchPlan },
): Promise<(Launched & { kind: "started" }) | "held back" | Failure> {
  const { mayLaunch, plan } = options;
  const hook = (name: "before_start" | "after_start") =>
    runHook(ctx, task.hooks, name, task.name, () => plan);
  const launch = new TaskLaunch(ctx, view, task, launcher, plan.command);
  // While tmux opens it, what usually takes a moment is done. Nobody waits for it during a hook, or for a port.
  if (!isLong(task)) launch.openWindow();
  try {
    // Background processes of the hook belong to the task and to this launch.
    const leftover = await endLeftovers(ctx, task, launcher, options);
    if (isFailure(leftover)) return leftover;
    const refused = await hook("before_start");
    if (refused) return refused;
    const freed = await freeOrMovePort(ctx, task, {
      force: options.forcePort ?? false,
      marks: marksOf(ctx, task.name, launcher),
    });
    if (isFailure(freed)) return freed;
    // The hook and the port cleanup may have taken long.
    if (!mayLaunch()) return "held back";
    const addressed = ctx.environments.withAddresses(task, plan);
    const pid = await launch.send(addressed, options.supervision ?? null);
    if (isFailure(pid)) return pid;
    const after = await hook("after_start");
    const warnings = [...leftover, ...freed.warnings, ...(after ? [after.message] : [])];
    return { kind: "started" as const, pid, warnings };
  } finally {
    await launch.settle();
  }
}

/**
 * A monitor relaunches with the previous plan: neither its own environment nor a config edited since matters. `caller`: whose
 * environment a new plan gets, if not this process's.
 */
export function planOf(
  ctx: Context,
  task: Task,
  supervision: Supervision | undefined,
  caller?: Readonly<Record<string, string>>,
): LaunchPlan | Failure {
  const before = supervision ? ctx.state.task(task.name).launchRecord() : null;
  if (before !== null) {
    const memory = ctx.state.task(task.name).memory();
    const facts = memory.run === before.run ? factsOf(memory) : null;
    return ctx.environments.check(task.name, before) ?? { ...before, facts };
  }
  const surroundings = ctx.environments.refuseLog(task) ?? ctx.environments.ofLaunch(task, caller);
  return isFailure(surroundings) ? surroundings : { command: task.command, ...surroundings };
}

/** Ends what an earlier launch left running (its window was closed, or its command went to the background). */
async function endLeftovers(
  ctx: Context,
  task: Task,
  launcher: Launcher | null,
  { supervision }: LaunchOptions,
) {
  const marks = marksOf(ctx, task.name, launcher);
  if (supervision && !ctx.scan.mayHaveMembers(marks)) return [];
  // A given-up process still runs its command, so it gets its grace period.
  const grace = observe(ctx, task).gaveUp ? task.stop_grace_period : 0;
  const port = grace > 0 ? null : ctx.ports.addresses.portOf(task);
  const own = { force: false, marks, isOwnOnly: true };
  const freed = await freePort(ctx, { name: task.name, port }, own);
  if (isFailure(freed)) return freed;
  const ended = await stopProcesses(ctx, marks, grace);
  if (isFailure(ended)) return ended;
  const said = `Task '${task.name}': processes of an earlier launch were still running and were ended`;
  return ended.signal === null ? freed.warnings : [...freed.warnings, said];
}
