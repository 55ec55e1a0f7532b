import type { Task } from "../../domain/config/config.ts";
import { Failure, isFailure } from "../../domain/failure.ts";
import { checkReason } from "../../domain/diagnosis/health-note.ts";
import { probePause } from "../../domain/tasks/health.ts";
import { isHeldUp, SETTLING } from "../../domain/tasks/settling.ts";
import { describeEnd, isSuccess } from "../../domain/tasks/lifecycle.ts";
import { backgroundFailure, backgroundReason } from "../../domain/tasks/left-behind.ts";
import { thrownFailure } from "../../domain/system-error.ts";
import { checkHealth } from "./check-health.ts";
import type { Context } from "../context.ts";
import { leftBehind, recordDetached } from "./left-behind.ts";
import { readProcessState, hasCheck, type TaskProcessState } from "./observe.ts";
import type { HealthRecord, TaskMemory } from "../../adapters/state/records.ts";

/** After this time, ms, `start` without a wait no longer waits for a process that is held up. */
const LONGEST_HELD_UP = 5000;

/** The pause between two looks at such a process, ms. */
const PAUSE = 10;

/** The hint to look at a task. */
export const whyHint = (name: string): string => `See why: taskmux why ${name}`;

export const endedWhileStarting = ({ name }: Task, how: string): Failure =>
  new Failure("E215", `Task '${name}' ${how}`, whyHint(name));

/** What a task that isn't ready waits for, in words. */
export function waitsFor(ctx: Pick<Context, "ports">, waiting: Task): string {
  const task = ctx.ports.addresses.of(waiting);
  if (task.oneshot) return "it has not exited yet";
  if (task.health_check !== null) return `health_check: ${task.health_check}`;
  if (task.health_url !== null) return `health_url: ${task.health_url}`;
  if (task.health_tcp !== null) return `health_tcp: ${task.health_tcp}`;
  return task.ready_log === null ? "it has not started yet" : `ready_log: ${task.ready_log}`;
}

/**
 * After how many ms a running process counts: on a busy machine it may start late. The record has the time of its file
 * system, whose clock may differ by hours.
 */
export function settlesIn({ state, now }: Context, task: Task): number {
  const files = state.task(task.name);
  const since = Math.max(files.runs.recordedAt() ?? 0, files.memory().launchedAt ?? 0);
  return Math.min(SETTLING, Math.max(0, since + SETTLING - now()));
}

/** Whether the process of a launch counts yet; for repeated checks. */
export class Settling {
  #run: string | null = null;
  #until = 0;
  #hasSettled = false;

  /** `pid`: of the running process. */
  isOver(ctx: Context, task: Task, run: string | null, pid: number): boolean {
    const now = ctx.monotonic();
    if (run !== this.#run) this.#begin(run, now + settlesIn(ctx, task));
    if (now < this.#until || this.#hasSettled) return this.#hasSettled;
    this.#hasSettled = !isHeldUp(ctx.activityOf(pid));
    return this.#hasSettled;
  }

  #begin(run: string | null, until: number): void {
    this.#run = run;
    this.#until = until;
    this.#hasSettled = false;
  }
}

/** Another command has ended it, to stop or restart the task. */
const isReplaced = ({ run, stoppedRun }: TaskMemory): boolean => run !== null && run === stoppedRun;

/** The failure of a launched task that has ended; null if it is running, or finished its work. */
export async function settle(ctx: Context, task: Task): Promise<Failure | null> {
  await ctx.sleep(settlesIn(ctx, task));
  const { process, memory } = await stateOnceSettled(ctx, task);
  if (process.kind !== "ended" || isReplaced(memory)) return null;
  if (isSuccess(process.end, task.success_exit_codes)) return settleBackground(ctx, task);
  const ended = endedWhileStarting(task, describeEnd(process.end));
  return process.end.kind === "lost" ? ((await ctx.tmux.whyEnded()) ?? ended) : ended;
}

/** The state of a launched task once its process isn't held up any more, or has been for long. */
async function stateOnceSettled(ctx: Context, task: Task): Promise<TaskProcessState> {
  const deadline = ctx.monotonic() + LONGEST_HELD_UP;
  for (;;) {
    const state = readProcessState(ctx, task);
    const { process } = state;
    const isWaitedFor = process.kind === "alive" && isHeldUp(ctx.activityOf(process.pid));
    if (!isWaitedFor || ctx.monotonic() >= deadline) return state;
    await ctx.sleep(PAUSE);
  }
}

/** The failure of a task whose command ended with 0, if that left processes behind; a job may. */
async function settleBackground(ctx: Context, task: Task): Promise<Failure | null> {
  const left = task.oneshot ? [] : await leftBehind(ctx, task);
  if (left.length === 0) return null;
  recordDetached(ctx, task, left);
  return backgroundFailure(task, backgroundReason(left));
}

/** The health checks of a task that isn't ready: frequent at first, never two at a time. */
export class Probing {
  latest: boolean | undefined;
  reason: string | null = null;
  /** The running check. */
  underWay: Promise<void> | null = null;
  #count = 0;
  #next = 0;
  readonly #ctx: Context;
  readonly #task: Task;

  constructor(ctx: Context, task: Task) {
    this.#ctx = ctx;
    this.#task = task;
  }

  /** Starts the next check if it is due. */
  proceed(run: string): void {
    if (!hasCheck(this.#task) || this.underWay || this.#ctx.monotonic() < this.#next) return;
    const check = checkHealth(this.#ctx, this.#task, run).catch(thrownFailure);
    this.underWay = check.then((health) => this.#note(health));
  }

  /** A check that can't run now (too many open files, for example) counts as failed, and is repeated. */
  #note(health: HealthRecord | Failure | null): void {
    this.latest = isFailure(health) ? false : health?.ok;
    this.reason = isFailure(health) ? health.message : health && checkReason(health);
    this.#next = this.#ctx.monotonic() + probePause(++this.#count, this.#task.health_interval);
    this.underWay = null;
  }
}
