import type { Surroundings } from "../../adapters/launch/environment.ts";
import type { Task } from "../../domain/config/config.ts";
import { type Failure, isFailure } from "../../domain/failure.ts";
import { isFlexible } from "../../domain/ports/setting.ts";
import type { Context } from "../context.ts";
import { taskNamed } from "../selection.ts";
import { choosePorts } from "../tasks/choose-ports.ts";
import { findOwnSession } from "../tasks/session.ts";

/**
 * Where and with which environment a command runs that is executed for a task: as the task would be launched now, whether
 * it runs or not. Ports that it needs are chosen as by a start. The lock is not held when this returns.
 */
export async function surroundingsOf(
  ctx: Context,
  { name }: { name: string },
): Promise<Surroundings | Failure> {
  const task = taskNamed(ctx.project.config, name);
  if (isFailure(task)) return task;
  const refused = needsPorts(ctx, task) ? await chooseMissing(ctx, task) : null;
  return refused ?? ctx.environments.ofTask(task);
}

const needsPorts = (ctx: Context, task: Task): boolean =>
  (isFlexible(task) && ctx.ports.addresses.portOf(task) === null) ||
  ctx.environments.unresolved(task) !== null;

/** The records must be this project's: E302 otherwise. */
const chooseMissing = (ctx: Context, task: Task): Promise<Failure | null> =>
  ctx.lock.hold(async () => {
    const session = await findOwnSession(ctx);
    if (isFailure(session)) return session;
    const { failures } = await choosePorts(ctx, () => [], false);
    return failures.get(task.name) ?? ctx.environments.unresolved(task);
  });
