import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { tryFlock } from "./libc.ts";
import { makePrivateDirectory, stateHome } from "./paths.ts";

/** How long to wait between two tries, ms; an edit takes a few. */
const PAUSE = 3;

/**
 * Runs `act` while no other taskmux edits a config. Sessions of several names may have one config, so the lock of a
 * session doesn't do. It is an flock: it dies with its holder.
 */
export async function holdConfigLock<T>(act: () => Promise<T>): Promise<T> {
  makePrivateDirectory(stateHome());
  const fd = openSync(join(stateHome(), "config.lock"), "a", 0o600);
  try {
    while (!tryFlock(fd)) await Bun.sleep(PAUSE);
    return await act();
  } finally {
    closeSync(fd);
  }
}
