import { closeSync, fstatSync, openSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { modifiedAt, readJson, removeUnfinished, replaceFile } from "./files.ts";
import { tryFlock } from "./libc.ts";
import type { LogProgress } from "./log-segments.ts";
import { makePrivateDirectory, runDirectory } from "./paths.ts";
import { readProcess } from "./process-table.ts";
import { isAlive, type ProcessIdentity } from "./processes.ts";

/** Who reads on where it stopped: whoever has this name, or the process that runs the commands. */
export type LogReader = { name: string } | ProcessIdentity;

/** How far a reader has read, by task. */
export type ReaderProgress = Record<string, LogProgress>;

/** What is on record of a reader. */
interface ReaderRecord {
  reader: LogReader;
  tasks: ReaderProgress;
}

/** A reader that has a name and hasn't come back for so long, ms, begins anew. */
const MOST_AGE = 30 * 24 * 3600 * 1000;

/** How long a call waits for another one of the same reader, ms: its output may go to a pager that nobody scrolls. */
const PATIENCE = 3000;
const PAUSE = 5;

/** The reader that a command is called by. */
export function readerOf(name: string | undefined, parent: number): LogReader {
  if (name) return { name };
  return { pid: parent, startTime: readProcess(parent)?.startTime ?? "" };
}

/** How a session's readers are remembered: `~/.taskmux/run/SESSION/readers/`, one small file each. */
export class LogReaders {
  readonly #directory: string;

  constructor(session: string) {
    this.#directory = join(runDirectory(session), "readers");
  }

  /**
   * Lets one call of a reader act at a time. `act` is told how far it was, null at its first call, and says how far it
   * is, if it got any further.
   */
  async resume<T>(
    reader: LogReader,
    act: (before: ReaderProgress | null) => { result: T; after?: ReaderProgress },
  ): Promise<T> {
    makePrivateDirectory(this.#directory);
    const path = join(this.#directory, fileOf(reader));
    const lock = await takeLock(`${path}.lock`);
    try {
      const before = progressOf(path, reader);
      const { result, after } = act(before);
      if (after === undefined) return result;
      if (before === null) this.#tidy();
      const record: ReaderRecord = { reader, tasks: { ...before, ...after } };
      replaceFile(`${path}.json`, `${JSON.stringify(record)}\n`);
      return result;
    } finally {
      closeSync(lock);
    }
  }

  /** Readers that are no more go: processes that have ended, names that were given up. */
  #tidy(): void {
    removeUnfinished(this.#directory);
    for (const name of readdirSync(this.#directory)) {
      const path = join(this.#directory, name.replace(/\.json$/, ""));
      if (name.endsWith(".json") && isGone(path)) {
        for (const suffix of [".json", ".lock"]) rmSync(`${path}${suffix}`, { force: true });
      }
    }
  }
}

function progressOf(path: string, reader: LogReader): ReaderProgress | null {
  const record = readJson(`${path}.json`) as ReaderRecord | null;
  return record !== null && Bun.deepEquals(record.reader, reader) ? record.tasks : null;
}

function isGone(path: string): boolean {
  const reader = (readJson(`${path}.json`) as ReaderRecord | null)?.reader;
  if (reader && "pid" in reader) return !isAlive(reader);
  return Date.now() - (modifiedAt(`${path}.json`) ?? 0) > MOST_AGE;
}

/** A name may be anything; its file's must not. */
function fileOf(reader: LogReader): string {
  if ("pid" in reader) return `pid-${reader.pid}`;
  return `name-${new Bun.CryptoHasher("sha256").update(reader.name).digest("hex").slice(0, 32)}`;
}

/** An open descriptor that holds the lock; without it where nobody lets go of it: then a line may come twice. */
async function takeLock(path: string): Promise<number> {
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    const fd = openSync(path, "a", 0o600);
    if (performance.now() >= deadline || (tryFlock(fd) && isStill(path, fd))) return fd;
    closeSync(fd);
    await Bun.sleep(PAUSE);
  }
}

/** Who tidied it away took the path with it: a lock on a file without a name keeps nobody out. */
const isStill = (path: string, fd: number): boolean =>
  statSync(path, { throwIfNoEntry: false })?.ino === fstatSync(fd).ino;
