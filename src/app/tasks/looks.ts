import { growingPauses } from "../../domain/values/pauses.ts";
import type { Context } from "../context.ts";

/** Pauses before files without notices are read again, ms. */
const pauses = () => growingPauses(5, 25);

/** The times at which a command checks what it waits for. All waits share them, and each check at one time runs once. */
export class Looks {
  readonly #seen = new Map<string, unknown>();
  #next: Promise<void> | null = null;
  #pause = pauses();
  #wake: () => void = () => {};
  readonly #ctx: Pick<Context, "sleep">;

  constructor(ctx: Pick<Context, "sleep">) {
    this.#ctx = ctx;
  }

  /** The result of `look`, called once per name and time. */
  once<T>(name: string, look: () => T): T {
    if (!this.#seen.has(name)) this.#seen.set(name, look());
    return this.#seen.get(name) as T;
  }

  /** The next `once` of this name calls `look` again. */
  forget(name: string): void {
    this.#seen.delete(name);
  }

  /** Something has happened: check now, and soon again. */
  soon(): void {
    this.#pause = pauses();
    this.#wake();
  }

  /** Waits for the next time. */
  next(): Promise<void> {
    return (this.#next ??= this.#sleep());
  }

  async #sleep(): Promise<void> {
    const woken = new Promise<void>((resolve) => (this.#wake = resolve));
    await Promise.race([woken, this.#ctx.sleep(this.#pause())]);
    this.#next = null;
    this.#seen.clear();
  }
}
