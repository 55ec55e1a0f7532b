import type { Task } from "../../domain/config/config.ts";
import { isHealthy } from "../../domain/tasks/lifecycle.ts";
import type { Context } from "../context.ts";
import { observe } from "./observe.ts";
import { tryToRecord, tryToRemember } from "./try-to-record.ts";

/** Records that waiting tasks are wanted, so that a `stop` can cancel that. The lock must be held. */
export function announce(
  ctx: Context,
  { tasks, named }: { tasks: readonly Task[]; named: ReadonlySet<string> },
): void {
  for (const task of tasks.filter(({ depends_on }) => depends_on.length > 0)) {
    const { process, memory, state } = observe(ctx, task);
    const files = ctx.state.task(task.name);
    const isUp = process.kind === "alive" || process.kind === "pending";
    const isDone = memory.want === "up" && isHealthy(state, task.oneshot) && !named.has(task.name);
    // How an earlier launch ended says nothing about the coming one.
    const act = files.act() ?? "waiting";
    if (!isUp && !isDone)
      files.remember({ want: "up", run: null, refused: null, act: ctx.state.act(act) });
    else if (memory.want === "down") files.remember({ want: "up" });
  }
}

/** Records that this process waits to launch the task, unless it is being launched. The lock must be held. */
export function markWaiting(ctx: Context, { name }: Task): void {
  if (ctx.state.task(name).act() !== null) return;
  tryToRemember(ctx, "act", name, { act: ctx.state.act("waiting") });
}

/**
 * Records that a task was not launched because of a dependency: a monitor launches it later, in the environment of this
 * command. The lock must be held.
 */
export function leave(ctx: Context, { name }: Task, reason: string): void {
  const refused = { reason, at: ctx.now(), isForDependency: true as const };
  const files = ctx.state.task(name);
  tryToRecord(ctx, { kind: "refusal", task: name }, () => {
    files.recordCaller(ctx.environments.caller);
    files.remember({ refused, act: null });
  });
}
