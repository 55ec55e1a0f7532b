import { join } from "node:path";
import { holdFileLock } from "../system/file-lock.ts";
import { stateHome } from "../system/paths.ts";

/**
 * Runs `act` while no other taskmux process edits a config. Sessions of different names may share a config, so a session's
 * lock isn't enough.
 */
export const holdConfigLock = <T>(act: () => Promise<T>): Promise<T> =>
  holdFileLock(join(stateHome(), "config.lock"), act);
