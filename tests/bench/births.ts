import { closeSync, constants, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../helpers/eventually.ts";

/** A FIFO, and the numbers that come out of it: each a line, the pid of a process that was born. */
export class Births implements Disposable {
  readonly #fd: number;
  /** The pid that came last. */
  last = 0;

  constructor(directory: string, name = "born") {
    const path = join(directory, name);
    Bun.spawnSync(["mkfifo", path]);
    this.#fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  }

  /** Waits without a pause for the next one: a timer would be late. */
  next(): number {
    let text = "";
    spin(() => (text += this.#read()).endsWith("\n"));
    return (this.last = Number(text));
  }

  /** The next `count` of them, in any order; looks every millisecond, and all else continues in the meantime. */
  async gather(count: number, timeout: number): Promise<number[]> {
    let text = "";
    const areThere = () => (text += this.#read()).split("\n").length > count;
    await eventually(areThere, { timeout, interval: 1 });
    return text.trimEnd().split("\n").map(Number);
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }

  #read(): string {
    const bytes = Buffer.alloc(4096);
    try {
      return bytes.toString("latin1", 0, readSync(this.#fd, bytes));
    } catch {
      return "";
    }
  }
}

/** Looks every 0.1 ms, and leaves the core to others in the meantime. */
export function spin(holds: () => boolean): void {
  const deadline = performance.now() + 20_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error("Nothing has come within 20 s");
    Bun.sleepSync(0.1);
  }
}
