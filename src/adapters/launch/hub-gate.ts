import { closeSync, constants, openSync } from "node:fs";
import { join } from "node:path";
import { HUB_GATE } from "../logs/hub-files.ts";
import { makePrivateDirectory } from "../system/paths.ts";
import { ensureFifo } from "./launcher-fifo.ts";

/** The longest time for which a log hub is held back, ms. */
const LONGEST_HOLD = 500;

/**
 * Holds a new log hub back while windows are opened and tasks are launched in them: its start takes as much CPU time as that
 * of several tasks, and their output waits in their FIFOs. The hub's script waits until no process has the FIFO `log-hub-gate`
 * open for writing, so a hub is never held back by a command that was killed.
 */
export class HubGate {
  readonly #directory: string;
  #descriptor: number | null = null;
  #timer: Timer | undefined;
  /** The number of unfinished {@link during} calls. */
  #acts = 0;

  /** `directory`: the session's run directory. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Holds back the hub whose script is started next, until no act is in progress. */
  close(): void {
    if (this.#descriptor !== null) return;
    const path = join(this.#directory, HUB_GATE);
    try {
      makePrivateDirectory(this.#directory);
      ensureFifo(path);
      this.#descriptor = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    } catch {
      // The hub starts at once.
      return;
    }
    this.#timer = setTimeout(() => this.#open(), LONGEST_HOLD);
    this.#timer.unref();
    this.#openIfIdle();
  }

  /** Runs an act during which a new hub is held back. */
  async during<T>(act: () => Promise<T>): Promise<T> {
    this.#acts++;
    try {
      return await act();
    } finally {
      this.#acts--;
      this.#openIfIdle();
    }
  }

  /** What awaits the end of one act may begin the next: not before the end of this turn of the event loop. */
  #openIfIdle(): void {
    if (this.#descriptor === null || this.#acts > 0) return;
    setImmediate(() => {
      if (this.#acts === 0) this.#open();
    });
  }

  #open(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
    clearTimeout(this.#timer);
  }
}
