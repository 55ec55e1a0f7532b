import type { Task } from "../../domain/config/config.ts";
import { probePause } from "../../domain/tasks/health.ts";

/** Checks that are due within this time of each other, ms, start together: each wake-up costs more than a check. */
const CHECKS_TOGETHER = 25;

/** When a task's health checks are due, by its monitor's clock, and whether one is running: never two at a time. */
export class CheckSchedule {
  /** Null: none is due before the process has been seen running. */
  #next: number | null = null;
  /** When the next early check of a starting task is due, null if none is; and how many there were. */
  #early: number | null = null;
  #earlyChecks = 0;
  #isRunning = false;

  /** After a new launch or interval: the next observation plans a new check. */
  forget(): void {
    this.#next = null;
    this.#early = null;
    this.#earlyChecks = 0;
  }

  /** Plans early checks of a task that is starting, so that the monitor notices when it becomes healthy. */
  planEarly(isStarting: boolean, { health_interval }: Task, now: number): void {
    if (!isStarting) this.#early = null;
    else this.#early ??= together(now + probePause(++this.#earlyChecks, health_interval));
  }

  /** A check is due `due` ms after `now` at the latest; null: no check. */
  plan(due: number | null, now: number): void {
    this.#next = due === null ? null : (this.#next ?? together(now + due));
  }

  /** When the next check starts; null if none is due, or one is running, which plans the next one. */
  deadline(): number | null {
    const next = Math.min(this.#next ?? Infinity, this.#early ?? Infinity);
    return this.#isRunning || next === Infinity ? null : next;
  }

  /** Starts a check unless one is running: "due", or "early" (a failure of which does not count); null if it started none. */
  begin({ health_interval }: Task, now: number): "due" | "early" | null {
    const deadline = this.deadline();
    if (deadline === null || now < deadline) return null;
    const isDue = this.#next !== null && now >= this.#next;
    if (isDue) this.#next = together(now + health_interval * 1000);
    this.#early = null;
    this.#isRunning = true;
    return isDue ? "due" : "early";
  }

  /** The running check has ended. */
  end(): void {
    this.#isRunning = false;
  }
}

const together = (due: number): number => Math.ceil(due / CHECKS_TOGETHER) * CHECKS_TOGETHER;

/**
 * When the first check of a launch is due, ms from now: one interval after the launch, or at once; at most an interval from
 * now.
 */
export function dueIn({ health_interval }: Task, launchedAt: number | null, now: number): number {
  const age = Math.max(0, now - (launchedAt ?? now));
  return Math.max(0, health_interval * 1000 - age);
}
