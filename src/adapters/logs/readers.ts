import { closeSync, constants, existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isFailure } from "../../domain/failure.ts";
import { type FileFailure, fileFailure } from "../../domain/system-error.ts";
import { modifiedAt, openOwn, readJson, removeUnfinished, replaceFile } from "../system/files.ts";
import { openWhenFree } from "../system/locked-file.ts";
import type { LogProgress } from "./segments.ts";
import { agentSession, type Environment } from "../../domain/values/agents.ts";
import { makePrivateDirectory, runDirectory } from "../system/paths.ts";
import { readProcess, isAlive, type ProcessIdentity } from "../processes/table.ts";

/** A reader of `--since-last`: a name, or the process that calls the commands. */
export type LogReader = { name: string } | ProcessIdentity;

/** The progress of a reader, by task. */
export type ReaderProgress = Record<string, LogProgress>;

/** The record of a reader. */
interface ReaderRecord {
  reader: LogReader;
  tasks: ReaderProgress;
  /** Number of lines by task that were deleted before the reader saw them; missing in records of 0.1.0. */
  deleted?: Record<string, number>;
}

/** The position of a reader at its last call. */
export interface ReaderPlace {
  progress: ReaderProgress;
  /** Number of lines by task that were deleted since. */
  deleted: Readonly<Record<string, number>>;
  /** When that call was, epoch ms by the file system's clock. */
  at: number | null;
}

/** A named reader that hasn't called for this long, ms, begins again. */
const MOST_AGE = 30 * 24 * 3600 * 1000;

/** How long to wait for another call of the same reader, ms: its output may go to a pager. */
const TURN_TIMEOUT = 3000;

/** The reader of a command: as named, else the agent's session that runs it, else the process that does. */
export function readerOf(environment: Environment, parent: number): LogReader {
  const name = environment["TASKMUX_READER"];
  if (name) return { name };
  const session = agentSession(environment);
  if (session !== null) return { name: `${session.agent}/${session.id}` };
  return { pid: parent, startTime: readProcess(parent)?.startTime ?? "" };
}

/** The records of a session's readers: `~/.taskmux/run/SESSION/readers/`, a small file each. */
export class LogReaders {
  readonly #directory: string;

  constructor(session: string) {
    this.#directory = join(runDirectory(session), "readers");
  }

  /**
   * Runs one call of a reader at a time. `act` gets the reader's last position, null at its first call, and returns the new
   * one, if it changed. If that can't be recorded (a read-only home), `onUnrecorded` is called: the next call begins at the
   * same position.
   */
  async resume<T>(
    reader: LogReader,
    act: (before: ReaderPlace | null) => { result: T; after?: ReaderProgress },
    onUnrecorded: (failure: FileFailure) => void = () => {},
  ): Promise<T> {
    const path = join(this.#directory, fileOf(reader));
    const lock = await this.#lock(path);
    try {
      const before = recordOf(path, reader);
      const { result, after } = act(before);
      const refused = after && (isFailure(lock) ? lock : this.#record(path, reader, before, after));
      if (refused) onUnrecorded(refused);
      return result;
    } finally {
      if (!isFailure(lock)) closeSync(lock);
    }
  }

  async #lock(path: string): Promise<number | FileFailure> {
    try {
      makePrivateDirectory(this.#directory);
      return await takeLock(`${path}.lock`);
    } catch (error) {
      return fileFailure("write", `${path}.json`, error);
    }
  }

  #record(
    path: string,
    reader: LogReader,
    before: ReaderPlace | null,
    after: ReaderProgress,
  ): FileFailure | null {
    const deleted = Object.entries(before?.deleted ?? {}).filter(([task]) => !(task in after));
    const tasks = { ...before?.progress, ...after };
    try {
      if (before === null) this.#tidy();
      save(path, { reader, tasks, deleted: Object.fromEntries(deleted) });
      return null;
    } catch (error) {
      return fileFailure("write", `${path}.json`, error);
    }
  }

  /**
   * Runs `act`, which deletes a task's log, while no reader is in a call. Before it deletes, `act` calls its argument with
   * a function that counts the lines that are new to a reader; the counts are recorded for each reader.
   */
  async whileDeleting<T>(
    task: string,
    act: (count: (unread: (progress: LogProgress) => number) => void) => T,
  ): Promise<T> {
    const paths = this.#records();
    const locks: number[] = [];
    try {
      for (const path of paths) locks.push(await takeLock(`${path}.lock`));
      const counted: { path: string; record: ReaderRecord; lines: number }[] = [];
      const result = act((unread) => {
        for (const path of paths) {
          const record = readJson(`${path}.json`) as ReaderRecord | null;
          const progress = record?.tasks[task];
          if (progress) counted.push({ path, record, lines: unread(progress) });
        }
      });
      for (const { path, record, lines } of counted) {
        const before = record.deleted?.[task] ?? 0;
        save(path, { ...record, deleted: { ...record.deleted, [task]: before + lines } });
      }
      return result;
    } finally {
      locks.forEach((lock) => closeSync(lock));
    }
  }

  /** The names of the readers' files, without `.json`. */
  #records(): string[] {
    if (!existsSync(this.#directory)) return [];
    const names = readdirSync(this.#directory).filter((name) => name.endsWith(".json"));
    return names.sort().map((name) => join(this.#directory, name.replace(/\.json$/, "")));
  }

  /** Removes readers whose process has ended or whose name was not used for long. */
  #tidy(): void {
    removeUnfinished(this.#directory);
    for (const path of this.#records().filter(isGone)) {
      for (const suffix of [".json", ".lock"]) rmSync(`${path}${suffix}`, { force: true });
    }
  }
}

function recordOf(path: string, reader: LogReader): ReaderPlace | null {
  const record = readJson(`${path}.json`) as ReaderRecord | null;
  if (record === null || !Bun.deepEquals(record.reader, reader)) return null;
  const at = modifiedAt(`${path}.json`);
  return { progress: record.tasks, deleted: record.deleted ?? {}, at };
}

const save = (path: string, record: ReaderRecord): void =>
  replaceFile(`${path}.json`, `${JSON.stringify(record)}\n`);

function isGone(path: string): boolean {
  const reader = (readJson(`${path}.json`) as ReaderRecord | null)?.reader;
  if (reader && "pid" in reader) return !isAlive(reader);
  return Date.now() - (modifiedAt(`${path}.json`) ?? 0) > MOST_AGE;
}

/** The file name for a reader, whose own name may contain anything. */
function fileOf(reader: LogReader): string {
  if ("pid" in reader) return `pid-${reader.pid}`;
  return `name-${new Bun.CryptoHasher("sha256").update(reader.name).digest("hex").slice(0, 32)}`;
}

/**
 * Returns a descriptor that holds the lock, or doesn't if the holder doesn't release it: then a line may be shown twice.
 */
async function takeLock(path: string): Promise<number> {
  return (await openWhenFree(path, openLock, TURN_TIMEOUT)) ?? openLock(path);
}

const openLock = (path: string): number => openOwn(path, constants.O_WRONLY | constants.O_CREAT);
