import type { Task } from "../../domain/config/config.ts";
import { type Failure, isFailure } from "../../domain/failure.ts";
import { isFlexible } from "../../domain/ports/setting.ts";
import type { Context } from "../context.ts";
import { type Freed, freePort, type Freeing } from "./free-port.ts";
import { PortChooser, type PortsChosen } from "./port-chooser.ts";

const NOTHING: PortsChosen = { warnings: [], failures: new Map() };

/**
 * Chooses a port for each task of the config that needs one, before anything is launched: a task may refer to any other's.
 * Those that are about to be `launched` get a port that they can use now, and are wanted up from here on, so that no other
 * session gets it. `force`: a process of this user that nobody claims may keep no task from the port that it had. A config
 * without such ports costs nothing here. The session's lock must be held.
 */
export async function choosePorts(
  ctx: Context,
  launched: () => readonly Task[],
  force: boolean,
): Promise<PortsChosen> {
  const flexible = ctx.project.config.tasks.filter(isFlexible);
  if (flexible.length === 0) return NOTHING;
  const names = new Set(launched().map(({ name }) => name));
  const isOpen = (task: Task) => names.has(task.name) || ctx.ports.addresses.portOf(task) === null;
  if (!flexible.some(isOpen)) return NOTHING;
  return ctx.ports.choose((choosing) =>
    new PortChooser(ctx, choosing, names, force).choose(flexible),
  );
}

/**
 * Makes sure, at the moment of a launch, that the task's chosen port can be used; returns warnings. A fixed port, or none,
 * costs nothing here. The session's lock must be held.
 */
export async function settlePort(
  ctx: Context,
  task: Task,
  force: boolean,
): Promise<string[] | Failure> {
  if (!isFlexible(task)) return [];
  const port = ctx.ports.addresses.portOf(task);
  const isReserved = port !== null && ctx.state.task(task.name).memory().want === "up";
  if (isReserved && (await ctx.ports.canBind(port))) return [];
  const { warnings, failures } = await choosePorts(ctx, () => [task], force);
  return failures.get(task.name) ?? warnings;
}

/** Frees the port of a task for its launch, see {@link freePort}. A chosen port that someone else took just now moves. */
export async function freeOrMovePort(
  ctx: Context,
  task: Task,
  freeing: Freeing,
): Promise<{ freed: Freed[]; warnings: string[] } | Failure> {
  const port = ctx.ports.addresses.portOf(task);
  const freed = await freePort(ctx, { name: task.name, port }, freeing);
  if (!isFailure(freed) || !isFlexible(task)) return freed;
  const warnings = await settlePort(ctx, task, freeing.force);
  if (isFailure(warnings)) return warnings;
  return ctx.ports.addresses.portOf(task) === port ? freed : { freed: [], warnings };
}
