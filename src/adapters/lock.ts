import { closeSync, fstatSync, openSync, statSync } from "node:fs";
import { join } from "node:path";
import { tryFlock } from "./libc.ts";
import { makePrivateDirectory, runDirectory } from "./paths.ts";

/** How long to wait between two tries, ms: at first a command that is nearly done, then one that takes its time. */
const FIRST_PAUSE = 2;
const LONGEST_PAUSE = 25;

/** After this long, ms, whoever waits is told so. */
const PATIENCE = 500;

/**
 * A session's lock: while one process acts on a session, others wait. It is an flock, so it dies with its holder.
 * Within one process any number of acts (on different tasks) hold it together; the last one lets it go.
 */
export class SessionLock {
  #holders = 0;
  #fd: number | null = null;
  #taking: Promise<void> | null = null;

  /** Counts how often this process has taken the lock: what it saw in an earlier turn may be out of date. */
  turn = 0;

  readonly #afterwards: (() => void)[] = [];

  constructor(
    private readonly session: string,
    /** Called once for each wait that takes long. */
    private readonly onWait: () => void = () => {},
  ) {}

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

  /** Runs `act` when the lock is let go. */
  afterwards(act: () => void): void {
    this.#afterwards.push(act);
  }

  async #take(): Promise<void> {
    const started = performance.now();
    let pause = FIRST_PAUSE;
    let told = false;
    while ((this.#fd = tryLock(this.session)) === null) {
      if (!told && performance.now() - started > PATIENCE) {
        told = true;
        this.onWait();
      }
      await Bun.sleep(pause);
      pause = Math.min(pause * 1.5, LONGEST_PAUSE);
    }
    this.turn++;
  }

  #release(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
    this.#taking = null;
    for (const act of this.#afterwards.splice(0)) act();
  }
}

/** An open descriptor that holds the session's lock, or null if another process has it. */
function tryLock(session: string): number | null {
  const directory = runDirectory(session);
  makePrivateDirectory(directory);
  const path = join(directory, "lock");
  const fd = openSync(path, "a", 0o600);
  if (tryFlock(fd) && isStill(path, fd)) return fd;
  closeSync(fd);
  return null;
}

/** Whoever cleaned the directory away took the path with it: a lock on a file without a name keeps nobody out. */
function isStill(path: string, fd: number): boolean {
  return statSync(path, { throwIfNoEntry: false })?.ino === fstatSync(fd).ino;
}
