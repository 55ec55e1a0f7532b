import type { Task } from "../../domain/config/config.ts";
import type { Failure } from "../../domain/failure.ts";
import { thrownFailure } from "../../domain/system-error.ts";
import { isRestartDue } from "../../domain/tasks/dependency-restart.ts";
import type { Supervision } from "../../domain/tasks/supervision.ts";
import type { Context } from "../context.ts";
import { isReady } from "../tasks/late-start.ts";
import { observe, readProcessState } from "../tasks/observe.ts";
import { tryToRemember } from "../tasks/try-to-record.ts";
import { relaunch } from "./relaunch.ts";
import type { SharedParts } from "./shared-parts.ts";

/** Restarts the tasks with `restart_with_dependencies` after a monitor's restart of a dependency. */
export class DependencyRestarts {
  readonly #shared: SharedParts;
  readonly #underWay = new Set<string>();

  constructor(shared: SharedParts) {
    this.#shared = shared;
  }

  /** `messages`: the tasks that may have changed; null: all. */
  look(messages: ReadonlySet<string | null>): void {
    const { ctx } = this.#shared;
    const isTold = (name: string | null) => messages.has(name);
    for (const task of ctx.project.config.tasks) {
      const { name, depends_on } = task;
      if (!task.restart_with_dependencies || this.#underWay.has(name)) continue;
      if (![null, name, ...depends_on].some(isTold)) continue;
      try {
        if (isDue(ctx, task)) void this.#restart(task);
      } catch {
        // Its own monitor reports what can't be read.
      }
    }
  }

  async #restart(task: Task): Promise<void> {
    this.#underWay.add(task.name);
    const { act, ctx } = this.#shared;
    await act(task.name, () => this.#relaunch(task)).catch((error) =>
      ctx.onNotice?.(`Task '${task.name}': ${thrownFailure(error).message}`),
    );
    this.#underWay.delete(task.name);
  }

  async #relaunch(task: Task): Promise<void> {
    const { ctx, view } = this.#shared;
    // Another command may have restarted it.
    let isOwn = false;
    const onRestart = () => void (isOwn = true);
    const { memory, supervision } = observe(ctx, task);
    const restarted = relaunch(ctx, view, task, memory.run, renewed(supervision), {
      onRestart,
    });
    const failure = await restarted.catch(thrownFailure);
    if (failure !== null) this.#failed(task, failure);
    else if (isOwn) this.#restarted(task);
  }

  #restarted({ name: task }: Task): void {
    const { ctx } = this.#shared;
    const process = ctx.state.task(task).process();
    const pid = process.kind === "alive" ? process.pid : null;
    ctx.record({ event: "task_restarted", task, pid });
  }

  /** Not tried again: what fails now would fail again. */
  #failed({ name: task }: Task, { message: reason }: Failure): void {
    const { ctx } = this.#shared;
    tryToRemember(ctx, "act", task, { restartAfter: null });
    ctx.record({ event: "auto_restart_failed", task, reason });
  }
}

/** The monitor's state for the next launch: the count of restarts stays. */
const renewed = (before: Supervision | null): Supervision => ({
  count: before?.count ?? 0,
  last: before?.last ?? null,
  phase: "up",
  failures: 0,
  healthySince: null,
});

function isDue(ctx: Context, task: Task): boolean {
  const isMarked = (name: string) => ctx.state.task(name).memory().restartAfter !== null;
  // Nearly always: then nothing else is read.
  if (!isMarked(task.name)) return false;
  const { want, process } = readProcessState(ctx, task);
  return isRestartDue({
    isMarked: true,
    want,
    isAlive: process.kind === "alive",
    dependencies: task.depends_on.map((name) => ({
      isReady: isReady(ctx, name),
      isMarked: isMarked(name) && flagged(ctx, name),
    })),
  });
}

/** The field may have been removed from the config since. */
const flagged = (ctx: Context, name: string): boolean =>
  ctx.project.config.tasks.some((task) => task.name === name && task.restart_with_dependencies);
