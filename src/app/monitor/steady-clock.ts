import type { Context } from "../context.ts";

/**
 * Epoch ms, read from the wall clock once and then counted by the monotonic clock: intervals stay correct when the clock is
 * set. On Linux it stands still during suspend.
 */
export class SteadyClock {
  readonly #offset: number;
  readonly #ctx: Pick<Context, "now" | "monotonic">;

  constructor(ctx: Pick<Context, "now" | "monotonic">) {
    this.#ctx = ctx;
    this.#offset = ctx.now() - Math.round(ctx.monotonic());
  }

  now(): number {
    return Math.round(this.#ctx.monotonic()) + this.#offset;
  }

  /** Add this to a time of this clock to get wall-clock time. */
  toWall(): number {
    return this.#ctx.now() - this.now();
  }
}
