import type { Context } from "../context.ts";

/** Reports what a task waits for, once and after each change. */
export class WaitReports {
  /** As reported; null: it didn't wait. Undefined before the first report. */
  #reason: string | null | undefined;
  readonly #ctx: Pick<Context, "report">;
  readonly #task: string;

  constructor(ctx: Pick<Context, "report">, task: string) {
    this.#ctx = ctx;
    this.#task = task;
  }

  /** `reason`: null if it doesn't wait. */
  tell(reason: string | null): void {
    const before = this.#reason;
    if (reason === before || (before === undefined && reason === null)) return;
    this.#reason = reason;
    const task = this.#task;
    if (before === undefined && reason !== null)
      this.#ctx.report({ kind: "waiting", task, reason });
    else this.#ctx.report({ kind: "waits_for", task, reason });
  }
}
