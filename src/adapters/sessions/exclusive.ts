import { closeSync, constants } from "node:fs";
import { join } from "node:path";
import { isAbsent, openOwn } from "../system/files.ts";
import { openLocked } from "../system/locked-file.ts";

/** The files in a run directory whose locks say that a process uses the session: commands, monitors, watchers. */
export const LOCKS = ["lock", "monitor", "watch"];

const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW;

/**
 * Takes all locks of a run directory without waiting: as long as they are held, no command, monitor or watcher begins to
 * use it. Null if a process has one, or if the directory is gone. A link is not followed. Throws errors of the file system.
 */
export function lockWholly(directory: string): Disposable | null {
  const descriptors: number[] = [];
  const release = () => descriptors.forEach((descriptor) => closeSync(descriptor));
  try {
    for (const name of LOCKS) {
      const descriptor = openLocked(join(directory, name), (path) => openOwn(path, FLAGS));
      if (descriptor === null) break;
      descriptors.push(descriptor);
    }
  } catch (error) {
    release();
    if (isAbsent(error)) return null;
    throw error;
  }
  if (descriptors.length === LOCKS.length) return { [Symbol.dispose]: release };
  release();
  return null;
}
