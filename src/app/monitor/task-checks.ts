import type { HealthRecord } from "../../adapters/state/records.ts";
import { type Failure, isFailure } from "../../domain/failure.ts";
import { thrownFailure } from "../../domain/system-error.ts";
import type { MonitorInput } from "../../domain/tasks/supervision.ts";
import { checkHealth } from "../tasks/check-health.ts";
import { hasCheck, readProcessState, type TaskProcessState } from "../tasks/observe.ts";
import { dueIn } from "./check-schedule.ts";
import { checkInput, isCurrent, isStarting, type Watch } from "./observations.ts";
import type { SharedParts } from "./shared-parts.ts";

/** The monitor whose task is checked. */
export interface CheckedTask {
  advance(input: MonitorInput, now: number): void;
  /** The task is monitored no more. */
  hasEnded(): boolean;
  report(failure: Failure): void;
}

/** Runs the health checks of one task when they are due. */
export class TaskChecks {
  readonly #shared: SharedParts;
  readonly #watch: Watch;
  readonly #task: CheckedTask;

  constructor(shared: SharedParts, watch: Watch, task: CheckedTask) {
    this.#shared = shared;
    this.#watch = watch;
    this.#task = task;
  }

  /** When the check is due, if the task has one. */
  schedule(seen: TaskProcessState, now: number): void {
    const { ctx } = this.#shared;
    const { task, supervision, checks } = this.#watch;
    const isChecked = hasCheck(task) && seen.process.kind === "alive" && supervision.phase === "up";
    checks.plan(isChecked ? dueIn(task, seen.memory.launchedAt, ctx.now()) : null, now);
    checks.planEarly(isChecked && isStarting(ctx, this.#watch, seen), task, now);
  }

  /** A check needs no observation before it: the end of a process is reported separately. */
  beginIfDue(now: number): void {
    const { isBusy, run, checks, task } = this.#watch;
    if (isBusy || run === null) return;
    const begun = checks.begin(task, now);
    if (begun !== null) void this.#check(run, begun === "due");
  }

  async #check(run: string, isDue: boolean): Promise<void> {
    const { mail, listener } = this.#shared;
    const health = await checkHealth(this.#shared.ctx, this.#watch.task, run).catch(thrownFailure);
    this.#watch.checks.end();
    if (isFailure(health)) {
      this.#task.report(health);
      return mail.wake();
    }
    if (this.#task.hasEnded()) return;
    if (health !== null) this.#checked(health, isDue);
    listener.checkEnded?.();
    mail.wake();
  }

  /** Ignored if the process is gone or was replaced. */
  #checked(health: HealthRecord, isDue: boolean): void {
    const { ctx, clock } = this.#shared;
    const seen = readProcessState(ctx, this.#watch.task);
    if (!isCurrent(this.#watch, seen, health.run)) return;
    const input = checkInput(ctx, this.#watch.task, health);
    if (isDue || input.kind !== "failed") this.#task.advance(input, clock.now());
    this.schedule(seen, clock.now());
  }
}
