import type { TmuxSession } from "../../adapters/tmux/arguments.ts";
import type { Hooks, Task } from "../../domain/config/config.ts";
import { type Failure, isFailure } from "../../domain/failure.ts";
import { refusedBySystem } from "../../domain/system-error.ts";
import { inStartOrder } from "../../domain/tasks/graph.ts";
import { type StartOutcome, skipAfter, skipFor } from "./bring-up.ts";
import type { Context } from "../context.ts";
import { choosePorts } from "./choose-ports.ts";
import { portRefusal } from "./free-port.ts";
import { planOf } from "./launch.ts";
import { observe } from "./observe.ts";
import { launcherOf } from "./session.ts";
import type { LaunchPlan } from "./task-launch.ts";
import { marksOf } from "./task-marks.ts";

/** The checks of a restart, before anything is stopped for it. */
export interface Preflight {
  /** Running tasks that could not be launched again, and are left running; by name. */
  kept: Map<string, StartOutcome>;
  /** Checked plans that can't change before the launch; by task. */
  plans: Map<string, LaunchPlan>;
  /** What the choice of ports had to say. */
  warnings: string[];
}

/** A restart: the tasks to launch (missing dependencies included), and the names of those to stop first. */
export interface Restart {
  tasks: Task[];
  isStopped: (name: string) => boolean;
  forcePort: boolean;
}

/** Checks everything that could refuse the launches of a restart, before anything is stopped. The lock must be held. */
export async function preflight(
  ctx: Context,
  session: TmuxSession | null,
  { tasks, isStopped, forcePort }: Restart,
): Promise<Preflight> {
  const running = new Set(tasks.filter((task) => isUp(ctx, task)).map(({ name }) => name));
  const launched = inStartOrder(tasks).filter(({ name }) => isStopped(name) || !running.has(name));
  const ports = await choosePorts(ctx, () => launched, forcePort);
  const marks = (task: Task) => marksOf(ctx, task.name, launcherOf(ctx, session, task.name));
  const ending = tasks.filter(({ name }) => isStopped(name)).map(marks);
  const checked = launched.map(async (task) => {
    const port = { force: forcePort, marks: marks(task), ending };
    return [task, ports.failures.get(task.name) ?? (await checkLaunch(ctx, task, port))] as const;
  });
  const found = await Promise.all(checked);
  const plans = found.flatMap(([task, plan]) => (isFailure(plan) ? [] : [[task, plan] as const]));
  const fixed = plans.filter(([task]) => !hasHooksBetween(ctx.project.config.hooks, task));
  return {
    kept: keptOf(found, running),
    warnings: ports.warnings,
    plans: new Map(fixed.map(([{ name }, plan]) => [name, plan])),
  };
}

/** Whether the process of a task's last launch is running, or about to. */
export function isUp(ctx: Context, task: Task): boolean {
  const { kind } = observe(ctx, task).process;
  return kind === "alive" || kind === "pending";
}

/** The plan of a task's launch, or why it can't be launched now. */
export async function checkLaunch(
  ctx: Context,
  task: Task,
  port: Parameters<typeof portRefusal>[2],
  makePlan = () => planOf(ctx, task, undefined),
): Promise<LaunchPlan | Failure> {
  const plan = makePlan();
  if (isFailure(plan)) return plan;
  return (await fixedPortRefusal(ctx, task, port)) ?? recordRefusal(ctx, task) ?? plan;
}

/** E220 if a fixed port is held; one that is chosen moves instead. */
async function fixedPortRefusal(
  ctx: Context,
  { name, port }: Task,
  freeing: Parameters<typeof portRefusal>[2],
): Promise<Failure | null> {
  return typeof port === "number" ? portRefusal(ctx, { name, port }, freeing) : null;
}

/** E106 if a launch can't be recorded (a full disk, a read-only home directory). */
function recordRefusal({ state, launchers }: Context, { name }: Task): Failure | null {
  try {
    state.task(name).makeRoom();
    launchers.makeRoom(name);
    return null;
  } catch (error) {
    const failure = refusedBySystem(error);
    if (failure === null) throw error;
    return failure;
  }
}

/** Hooks may write files that a launch reads (an env_file, for example): then the plan is made again after them. */
const hasHooksBetween = (all: Hooks, { hooks }: Task): boolean =>
  [all.before_stop, all.after_stop, all.before_start, hooks.before_stop, hooks.after_stop].some(
    (hook) => hook !== null,
  );

/** The tasks that keep running: those that can't be launched again, and those that would wait for them. */
function keptOf(
  found: (readonly [Task, LaunchPlan | Failure])[],
  running: ReadonlySet<string>,
): Map<string, StartOutcome> {
  const lost = new Map<string, StartOutcome>();
  const kept = new Map<string, StartOutcome>();
  for (const [task, plan] of found) {
    const outcome = isFailure(plan) ? failed(plan) : skipOf(task, lost);
    if (outcome === null) continue;
    (running.has(task.name) ? kept : lost).set(task.name, outcome);
  }
  return kept;
}

const failed = (failure: Failure): StartOutcome => ({ kind: "failed", failure });

function skipOf(task: Task, lost: ReadonlyMap<string, StartOutcome>): StartOutcome | null {
  for (const name of task.depends_on) {
    const outcome = lost.get(name);
    if (outcome?.kind === "failed") return { kind: "skipped", ...skipFor(name, outcome.failure) };
    if (outcome?.kind === "skipped") return { kind: "skipped", ...skipAfter(name, outcome) };
  }
  return null;
}
