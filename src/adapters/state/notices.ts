import { watch } from "node:fs";
import { type Failure, isFailure } from "../../domain/failure.ts";
import { fileFailure } from "../../domain/system-error.ts";
import { makePrivateDirectory } from "../system/paths.ts";
import { growingPauses } from "../../domain/values/pauses.ts";

/**
 * Calls back with the task of each notice that a launcher writes, within 0.2 ms; returns the function that ends it. E106 if
 * the system refuses (a session that can't be created, too many watches): then only polling detects changes.
 */
export function watchNotices(
  directory: string,
  onNotice: (task: string) => void,
): (() => void) | Failure {
  try {
    makePrivateDirectory(directory);
    return watchDirectory(directory, onNotice);
  } catch (error) {
    return fileFailure("watch", directory, error);
  }
}

function watchDirectory(directory: string, onNotice: (task: string) => void): () => void {
  const watcher = watch(directory, (_event, name) => {
    if (name !== null) onNotice(name);
  });
  // The directory was removed: polling detects what notices can't.
  watcher.on("error", () => watcher.close());
  return () => watcher.close();
}

/** Pauses before files are read again without a notice, ms: with notices only as a net. */
const PAUSES = { watched: { first: 20, longest: 50 }, unwatched: { first: 1, longest: 16 } };

/** Waits for what launchers record. All waits share one watch of the directory, which ends with the last of them. */
export class NoticeWaits {
  readonly #directory: string;
  #waits = 0;
  #stopWatching: (() => void) | null = null;
  readonly #next = new Map<string, PromiseWithResolvers<void>>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /**
   * Sends a message by `send`, and calls `isOver` at each notice of the task and at times in between, until it is true.
   */
  async until(task: string, send: () => void, isOver: () => boolean): Promise<void> {
    if (this.#waits++ === 0) this.#watch();
    try {
      send();
      const { first, longest } = this.#stopWatching ? PAUSES.watched : PAUSES.unwatched;
      const pause = growingPauses(first, longest);
      while (!isOver()) await this.#notice(task, pause());
    } finally {
      if (--this.#waits === 0) this.#stopWatching?.();
    }
  }

  #watch(): void {
    const watching = watchNotices(this.#directory, (task) => this.#next.get(task)?.resolve());
    this.#stopWatching = isFailure(watching) ? null : watching;
  }

  /** Returns at the next notice of the task, or after `ms`. */
  async #notice(task: string, ms: number): Promise<void> {
    const next = this.#next.get(task) ?? Promise.withResolvers<void>();
    this.#next.set(task, next);
    const timer = setTimeout(next.resolve, ms);
    await next.promise;
    clearTimeout(timer);
    if (this.#next.get(task) === next) this.#next.delete(task);
  }
}
