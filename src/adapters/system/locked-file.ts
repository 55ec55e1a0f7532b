import { closeSync, fstatSync, statSync } from "node:fs";
import { growingPauses } from "../../domain/values/pauses.ts";
import { tryFlock } from "./libc.ts";

/**
 * Opens a file with `open` and locks it. Null if another process has the lock, or if the path no longer leads to the file:
 * a lock on a removed file excludes no other process.
 */
export function openLocked(path: string, open: (path: string) => number): number | null {
  const fd = open(path);
  if (tryFlock(fd) && isFileAt(path, fd)) return fd;
  closeSync(fd);
  return null;
}

/**
 * The same once no process has the lock; null if one still has it after `limit` ms. Throws the signal's reason if it is
 * aborted before.
 */
export async function openWhenFree(
  path: string,
  open: (path: string) => number,
  limit?: undefined,
  signal?: AbortSignal,
): Promise<number>;
export async function openWhenFree(
  path: string,
  open: (path: string) => number,
  limit: number,
  signal?: AbortSignal,
): Promise<number | null>;
export async function openWhenFree(
  path: string,
  open: (path: string) => number,
  limit = Infinity,
  signal?: AbortSignal,
): Promise<number | null> {
  const deadline = performance.now() + limit;
  const pause = growingPauses(2, 25);
  for (;;) {
    signal?.throwIfAborted();
    const fd = openLocked(path, open);
    if (fd !== null || performance.now() >= deadline) return fd;
    await Bun.sleep(pause());
  }
}

/** Pause between two attempts to lock, ms, where a process can't do anything else. */
const PAUSE = 0.2;

/** Locks an open file with `attempt`, waiting synchronously; false if another process has the lock at the deadline. */
export function lockBefore(deadline: number, fd: number, attempt = tryFlock): boolean {
  while (!attempt(fd)) {
    if (performance.now() >= deadline) return false;
    Bun.sleepSync(PAUSE);
  }
  return true;
}

/** Whether the path leads to this open file. */
export function isFileAt(path: string, fd: number): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  const { ino, dev } = fstatSync(fd);
  return found?.ino === ino && found.dev === dev;
}
