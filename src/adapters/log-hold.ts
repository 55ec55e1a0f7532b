import { closeSync, constants, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { makeFifo } from "./libc.ts";

/** Log writers that wait until the tasks run. What the tasks print meanwhile stays in the pipes to them. */
export interface Hold {
  /** The FIFO that they read a line from. */
  path: string;
  release(): void;
}

/** If this process dies, seconds until the writers start all the same. */
const LONGEST_HOLD = 3;

let holds = 0;

/**
 * Holds `count` log writers back: each costs as much to start as its task, and fifty would make `start` twice as slow.
 * A reader that finds no FIFO, or an empty file, goes on at once, so whatever comes first, none waits for ever.
 */
export function holdWriters(directory: string, count: number): Hold {
  const path = join(directory, `hold.${process.pid}.${++holds}`);
  rmSync(path, { force: true });
  makeFifo(path);
  // Open from before the first reader until after the last line: a FIFO that nobody has open forgets.
  const fifo = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const net = Bun.spawn(["/bin/sh", "-c", NET, "sh", path, String(count)], {
    detached: true,
    // Whoever reads our output must not wait for it.
    stdio: ["ignore", "ignore", "ignore"],
  });
  net.unref();
  const release = () => {
    rmSync(path, { force: true });
    writeSync(fifo, "\n".repeat(count));
    closeSync(fifo);
    net.kill("SIGKILL");
  };
  return { path, release };
}

const NET = `sleep ${LONGEST_HOLD}
[ -p "$1" ] || exit 0
exec 3<>"$1"
rm -f "$1"
printf "%0$2d" 0 | tr 0 '\\n' >&3`;
