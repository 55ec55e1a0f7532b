import { isFailure } from "../../domain/failure.ts";
import type { Task } from "../../domain/config/config.ts";
import {
  afterLook,
  type MemoryLooks,
  memoryReason,
  MOST_ABOVE,
} from "../../domain/tasks/memory-limit.ts";
import { thrownFailure } from "../../domain/system-error.ts";
import { totalOf } from "../../domain/tasks/usage.ts";
import { readProcessState } from "../tasks/observe.ts";
import { runningMembers } from "../tasks/task-marks.ts";
import type { SharedParts } from "./shared-parts.ts";

/** Measures the tasks that have `max_memory`; the others cost nothing. */
export class MemoryWatch {
  readonly #shared: SharedParts;
  readonly #onAbove: (task: string, run: string, reason: string) => void;
  #looks = new Map<string, MemoryLooks>();
  #isLooking = false;

  /** `onAbove`: a launch was above its `max_memory` for some looks in a row. */
  constructor(shared: SharedParts, onAbove: (task: string, run: string, reason: string) => void) {
    this.#shared = shared;
    this.#onAbove = onAbove;
  }

  /** To be called every few seconds. */
  async look(): Promise<void> {
    const { ctx } = this.#shared;
    const limited = ctx.project.config.tasks.filter(({ max_memory }) => max_memory !== null);
    if (limited.length === 0 || this.#isLooking) return;
    this.#isLooking = true;
    const looked = Promise.all(limited.map((task) => this.#lookAt(task)));
    const found = await looked.catch(thrownFailure);
    this.#isLooking = false;
    // What can't be read now is read the next time; a monitor reports shortages elsewhere.
    if (isFailure(found)) return;
    const names = new Set(limited.map(({ name }) => name));
    for (const name of this.#looks.keys()) if (!names.has(name)) this.#looks.delete(name);
  }

  async #lookAt(task: Task): Promise<void> {
    const { ctx } = this.#shared;
    const { name, max_memory: limit } = task;
    const { memory, process, want } = readProcessState(ctx, task);
    const { run } = memory;
    if (limit === null || run === null || want !== "up" || process.kind !== "alive") return;
    const members = await runningMembers(ctx, name);
    const { memory: used } = totalOf((await ctx.readUsage(members)).values());
    const looks = afterLook(this.#looks.get(name), run, { used, limit });
    this.#looks.set(name, looks);
    if (looks.above < MOST_ABOVE) return;
    this.#looks.delete(name);
    this.#onAbove(name, run, memoryReason(used, limit));
  }
}
