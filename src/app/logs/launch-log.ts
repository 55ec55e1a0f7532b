import type { LogFile } from "../../adapters/logs/file.ts";
import type { LogFollower } from "../../adapters/logs/follow.ts";
import { isOwnText, stampOf, startedPid, withoutColour } from "../../domain/logs/line.ts";
import type { LogEntry } from "../../domain/logs/merge.ts";
import type { LogSource } from "./logs.ts";
import type { LaunchMoment } from "./runs.ts";

/** How logs are read and followed. */
export interface LogReading {
  openLog(source: LogSource): LogFile;
  /** The lines after `newest`, or all if it is null. */
  follow(source: LogSource, newest: LogFile["newest"]): LogFollower;
}

/** Maximum number of launches that are distinguished; a task that prints forged marks must not cost memory. */
const MOST_LAUNCHES = 64;

/** Finds the first matching line of each launch's output. */
export class LaunchLog {
  /** By the launch's pid. A line after the marks of two launches counts for both: only one mark is real. */
  readonly #found = new Map<number, string | null>();
  readonly #follower: LogFollower;
  readonly #pattern: RegExp;

  /** `onlyNew`: lines that are in the log already don't count. */
  constructor(
    reading: LogReading,
    source: LogSource,
    pattern: RegExp,
    launch: LaunchMoment,
    onlyNew = false,
  ) {
    this.#pattern = pattern;
    const file = reading.openLog(source);
    if (!onlyNew) this.#readBack(file, launch);
    else if (launch.pid !== null) this.#begin(launch.pid);
    this.#follower = reading.follow(source, file.newest);
    file.close();
  }

  close(): void {
    this.#follower.close();
  }

  /** Reads new lines. */
  poll(): void {
    for (const entry of this.#follower.poll()) this.#take(entry);
  }

  /** The matching line of this launch. */
  lineOf(pid: number | null): string | null {
    return (pid === null ? null : this.#found.get(pid)) ?? null;
  }

  #readBack(file: LogFile, { pid, at }: LaunchMoment): void {
    if (at === null) return;
    const from = file.find(stampOf(at), false);
    // The launch's mark is missing if the log begins after it, because of rotation or `logs-clean`.
    if (from === 0 && pid !== null) this.#found.set(pid, null);
    for (const entry of file.lines("oldest first", from, file.size, null)) this.#take(entry);
  }

  #take(entry: LogEntry): void {
    const text = withoutColour(entry.text);
    const pid = startedPid(text);
    if (pid !== null) this.#begin(pid);
    else if (!isOwnText(text) && this.#pattern.test(text)) this.#match(text);
  }

  #begin(pid: number): void {
    this.#found.delete(pid);
    this.#found.set(pid, null);
    const [oldest] = this.#found.keys();
    if (this.#found.size > MOST_LAUNCHES) this.#found.delete(oldest!);
  }

  #match(text: string): void {
    for (const [pid, line] of this.#found) if (line === null) this.#found.set(pid, text);
  }
}
