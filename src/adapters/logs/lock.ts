import { closeSync, constants, openSync } from "node:fs";
import { tryFlock, trySharedFlock } from "../system/libc.ts";
import { lockBefore } from "../system/locked-file.ts";

/**
 * `alone`: to rename or delete files of a log. `together`: to prevent that, for example while they are opened one by one.
 */
export type LogLockMode = "alone" | "together";

/** How long to wait for the lock, ms. It is held for one or two; a suspended holder must not block others. */
const LOCK_TIMEOUT = 1000;
/** The same for a directory whose lock timed out before. */
const STUCK_LOCK_TIMEOUT = 5;

const hopeless = new Set<string>();

interface HeldLock {
  descriptor: number;
  mode: LogLockMode;
}

/** Directories that this process has locked: a nested `withLogLock` doesn't lock again. */
const held = new Map<string, HeldLock>();
let isKeeping = false;

/**
 * Runs `act` with the lock of a log. The lock is an flock of the log's directory: it needs no file, is the same for all
 * readers and writers, and is released when its holder ends. If it can't be had (a file system without locks), `act` runs
 * without it.
 */
export function withLogLock<T>(path: string, mode: LogLockMode, act: () => T): T {
  const directory = path.slice(0, path.lastIndexOf("/")) || "/";
  const outer = held.get(directory);
  if (outer !== undefined) return within(outer, mode, directory, act);
  const descriptor = openDirectory(directory);
  if (descriptor === null) return act();
  held.set(directory, { descriptor, mode });
  try {
    takeOrGiveUp(descriptor, mode, directory);
    return act();
  } finally {
    if (!isKeeping) release(directory, descriptor);
  }
}

/**
 * Runs `act`, and keeps the locks that it takes until its end: taking one costs as much as writing a line. `act` must not
 * wait for anything.
 */
export function keepingLogLocks(act: () => void): void {
  isKeeping = true;
  try {
    act();
  } finally {
    isKeeping = false;
    for (const [directory, { descriptor }] of held) release(directory, descriptor);
  }
}

/** flock(2) changes the mode of a lock that is held; others may have had the lock in between. */
function within<T>(outer: HeldLock, mode: LogLockMode, directory: string, act: () => T): T {
  if (outer.mode === mode || mode === "together") return act();
  outer.mode = "alone";
  try {
    takeOrGiveUp(outer.descriptor, "alone", directory);
    return act();
  } finally {
    outer.mode = "together";
    takeOrGiveUp(outer.descriptor, "together", directory);
  }
}

function release(directory: string, descriptor: number): void {
  held.delete(directory);
  closeSync(descriptor);
}

function takeOrGiveUp(descriptor: number, mode: LogLockMode, directory: string): void {
  if (take(descriptor, mode, directory)) hopeless.delete(directory);
  else hopeless.add(directory);
}

function take(descriptor: number, mode: LogLockMode, directory: string): boolean {
  const limit = hopeless.has(directory) ? STUCK_LOCK_TIMEOUT : LOCK_TIMEOUT;
  const attempt = mode === "alone" ? tryFlock : trySharedFlock;
  return lockBefore(performance.now() + limit, descriptor, attempt);
}

/** Null if the directory doesn't exist or can't be opened: then there is nothing to lock. */
function openDirectory(path: string): number | null {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NONBLOCK);
  } catch {
    return null;
  }
}
