import { closeSync, constants } from "node:fs";
import { dirname, join } from "node:path";
import { makeMissingSpares, openOwn } from "../system/files.ts";
import { openLocked, openWhenFree } from "../system/locked-file.ts";
import { makePrivateDirectory, runDirectory } from "../system/paths.ts";

/** After this time, ms, `onWait` is called. */
const WAIT_NOTE_DELAY = 500;

/**
 * A session's lock: only one process at a time changes a session. It is an flock, so it is released when its holder ends.
 * Within a process, several acts (on different tasks) share it; the last one releases it.
 */
export class SessionLock {
  #holders = 0;
  #fd: number | null = null;
  #taking: Promise<void> | null = null;

  /** Counts how often this process has taken the lock. What was read in an earlier turn may be outdated. */
  turn = 0;

  readonly #session: string;
  /** Called once for each long wait. */
  readonly #onWait: () => void;
  /** Called at the end of such a wait. */
  readonly #onWaited: () => void;
  readonly #signal: AbortSignal | undefined;

  /** After `signal` is aborted the lock can't be taken any more: the reason of the signal is thrown. */
  constructor(
    session: string,
    onWait: () => void = () => {},
    onWaited: () => void = () => {},
    signal?: AbortSignal,
  ) {
    this.#session = session;
    this.#onWait = onWait;
    this.#onWaited = onWaited;
    this.#signal = signal;
  }

  /** Runs `act` with the lock held. */
  async hold<T>(act: () => Promise<T>): Promise<T> {
    this.#holders++;
    try {
      await (this.#taking ??= this.#take());
      return await act();
    } finally {
      if (--this.#holders === 0) this.#release();
    }
  }

  async #take(): Promise<void> {
    const path = join(runDirectory(this.#session), "lock");
    this.#fd = await openWhenFree(path, openLock, WAIT_NOTE_DELAY, this.#signal);
    if (this.#fd === null) {
      this.#onWait();
      this.#fd = await openWhenFree(path, openLock, undefined, this.#signal);
      this.#onWaited();
    }
    this.turn++;
  }

  #release(): void {
    makeMissingSpares(runDirectory(this.#session));
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
    this.#taking = null;
  }
}

/**
 * Takes the lock of a session without waiting; `directory` is its run directory. Returns the descriptor that holds it; null
 * if a command has it.
 */
export function tryToLock(directory: string): number | null {
  try {
    return openLocked(join(directory, "lock"), openLock);
  } catch {
    return null;
  }
}

/** On a full or read-only file system an existing lock file is opened without writing. */
function openLock(path: string): number {
  try {
    makePrivateDirectory(dirname(path));
    return openOwn(path, constants.O_WRONLY | constants.O_CREAT);
  } catch (refused) {
    try {
      return openOwn(path, constants.O_RDONLY);
    } catch {
      throw refused;
    }
  }
}
