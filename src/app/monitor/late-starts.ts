import type { Task } from "../../domain/config/config.ts";
import { thrownFailure } from "../../domain/system-error.ts";
import { isDueLate, startLate } from "../tasks/late-start.ts";
import type { SharedParts } from "./shared-parts.ts";

/** Delay before a late start that threw (a full disk, for example) is tried again, ms. */
const TRY_AGAIN = 60_000;

/** Starts the tasks that a `start` has left because a dependency was not ready, once it is. */
export class LateStarts {
  readonly #shared: SharedParts;
  /** Tasks that are being started. */
  readonly #underWay = new Set<string>();
  /** When the next try is allowed, by the loop's clock. */
  readonly #notBefore = new Map<string, number>();

  constructor(shared: SharedParts) {
    this.#shared = shared;
  }

  /** `messages`: the tasks that may have changed; null: all. */
  look(messages: ReadonlySet<string | null>, now: number): void {
    const { ctx } = this.#shared;
    const isMeant = ({ name, depends_on }: Task) => [null, name, ...depends_on].some(isTold);
    const isTold = (name: string | null) => messages.has(name);
    for (const task of ctx.project.config.tasks) {
      if (!isMeant(task) || this.#underWay.has(task.name)) continue;
      if (now < (this.#notBefore.get(task.name) ?? 0)) continue;
      try {
        if (isDueLate(ctx, task)) void this.#start(task);
      } catch (error) {
        this.#failed(task, error);
      }
    }
  }

  async #start(task: Task): Promise<void> {
    const { ctx, view } = this.#shared;
    this.#underWay.add(task.name);
    await this.#shared.act(task.name, () =>
      startLate(ctx, view, task).catch((error) => this.#failed(task, error)),
    );
    this.#underWay.delete(task.name);
  }

  #failed({ name }: Task, error: unknown): void {
    const { ctx, clock } = this.#shared;
    this.#notBefore.set(name, clock.now() + TRY_AGAIN);
    ctx.onNotice?.(`Task '${name}': ${thrownFailure(error).message}`);
  }
}
