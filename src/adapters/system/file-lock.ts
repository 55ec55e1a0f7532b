import { closeSync, constants } from "node:fs";
import { dirname } from "node:path";
import { openOwn } from "./files.ts";
import { openWhenFree } from "./locked-file.ts";
import { makePrivateDirectory } from "./paths.ts";

/** A wait that takes longer than this, ms, is reported: the holder may be suspended. */
const WAIT_NOTE_DELAY = 1000;

/**
 * Runs `act` while no other process holds the lock at `path`. It is an flock: it is released when its holder ends. For short
 * acts; a second one of the same process waits too. `onWait` is called once if the wait takes long.
 */
export async function holdFileLock<T>(
  path: string,
  act: () => Promise<T>,
  onWait: () => void = () => {},
): Promise<T> {
  makePrivateDirectory(dirname(path));
  const open = (at: string) => openOwn(at, constants.O_WRONLY | constants.O_CREAT);
  const waited = (): Promise<number> => {
    onWait();
    return openWhenFree(path, open);
  };
  const fd = (await openWhenFree(path, open, WAIT_NOTE_DELAY)) ?? (await waited());
  try {
    return await act();
  } finally {
    closeSync(fd);
  }
}
