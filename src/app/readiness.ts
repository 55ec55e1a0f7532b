import type { TaskMemory } from "../adapters/run-state.ts";
import type { Task } from "../domain/config.ts";
import { Failure } from "../domain/failure.ts";
import { probePause } from "../domain/health.ts";
import { describeEnd, isHealthy, isSuccess } from "../domain/lifecycle.ts";
import { checkHealth } from "./check-health.ts";
import type { Context } from "./context.ts";
import { glance, hasCheck, observe, type Seen } from "./observe.ts";

/** A command that is not found ends within this time, ms: until then "alive" says nothing. */
export const SETTLING = 30;

/** How often a waiting task's files are looked at, ms. */
const FIRST_LOOK = 5;
const LONGEST_PAUSE = 25;

/** Waits until a launched task is ready: null, or why it can't be any more (E215) or isn't by `deadline` (E214). */
export async function becomeReady(
  ctx: Context,
  task: Task,
  deadline: number,
): Promise<Failure | null> {
  const probing = new Probing(ctx, task);
  let pause = FIRST_LOOK;
  while (true) {
    const seen = observe(ctx, task, probing.latest);
    const verdict = judge(ctx, task, seen);
    if (verdict !== "wait") return verdict;
    if (ctx.now() >= deadline) return late(task, probing.reason);
    if (seen.process.kind === "alive" && seen.memory.run) probing.proceed(seen.memory.run);
    await ctx.sleep(Math.max(1, Math.min(pause, deadline - ctx.now())));
    pause = Math.min(pause * 1.3, LONGEST_PAUSE);
  }
}

function judge(ctx: Context, task: Task, seen: Seen): Failure | null | "wait" {
  const { process, memory } = seen;
  if (memory.want === "down") return stoppedMeanwhile(task);
  if (process.kind === "ended") {
    if (isReplaced(memory)) return "wait";
    if (isHealthy(seen.state, task.oneshot)) return null;
    return endedWhileStarting(task, describeEnd(process.end));
  }
  if (seen.state !== "running") return "wait";
  if (seen.health !== "none") return null;
  return ctx.now() >= settledAt(ctx, task) ? null : "wait";
}

const endedWhileStarting = (task: Task, how: string): Failure =>
  new Failure("E215", `Task '${task.name}' ${how}`, `See what it said: taskmux logs ${task.name}`);

const stoppedMeanwhile = (task: Task): Failure =>
  new Failure("E214", `Task '${task.name}' was stopped by another command`);

function late(task: Task, reason: string | null): Failure {
  const why = reason === null ? waitsFor(task) : reason;
  return new Failure("E214", `Task '${task.name}' did not become healthy in time: ${why}`);
}

/** What a task that isn't ready is waiting for, in words. */
export function waitsFor(task: Task): string {
  if (task.oneshot) return "it has not exited yet";
  if (task.health_check !== null) return `health_check: ${task.health_check}`;
  if (task.health_url !== null) return `health_url: ${task.health_url}`;
  if (task.health_tcp !== null) return `health_tcp: ${task.health_tcp}`;
  return task.ready_log === null ? "it has not started yet" : `ready_log: ${task.ready_log}`;
}

/** From when on a living process counts: it takes a busy machine a while to begin what was told. */
export const settledAt = (ctx: Context, task: Task): number =>
  (ctx.state.recordedAt(task.name) ?? 0) + SETTLING;

/** Another command has ended it, to stop it or to launch it anew. */
const isReplaced = ({ run, stoppedRun }: TaskMemory): boolean => run !== null && run === stoppedRun;

/** A task that ended with a failure right after its launch; null if it lives, or did its work. */
export async function settle(ctx: Context, task: Task): Promise<Failure | null> {
  await ctx.sleep(Math.max(0, settledAt(ctx, task) - ctx.now()));
  const { process, memory } = glance(ctx, task);
  if (process.kind !== "ended" || isSuccess(process.end) || isReplaced(memory)) return null;
  return endedWhileStarting(task, describeEnd(process.end));
}

/** The health checks of a task that isn't ready: soon and often at first, never two at a time. */
export class Probing {
  latest: boolean | undefined;
  reason: string | null = null;
  /** The check that runs now. */
  underWay: Promise<void> | null = null;
  #count = 0;
  #next = 0;

  constructor(
    private readonly ctx: Context,
    private readonly task: Task,
  ) {}

  /** Begins the next check if it is due. */
  proceed(run: string): void {
    if (!hasCheck(this.task) || this.underWay || this.ctx.now() < this.#next) return;
    this.underWay = checkHealth(this.ctx, this.task, run).then((health) => {
      this.latest = health?.ok;
      this.reason = health?.reason ?? null;
      this.#next = this.ctx.now() + probePause(++this.#count, this.task.health_interval);
      this.underWay = null;
    });
  }
}
