import type { LogFile } from "../adapters/log-files.ts";
import type { LogFollower } from "../adapters/log-follow.ts";
import { isOwnText, stampOf, startedPid, withoutColour } from "../domain/log-line.ts";
import type { LogEntry } from "../domain/log-merge.ts";
import type { LogSource } from "./logs.ts";

/** How logs are read and followed. */
export interface LogReading {
  openLog(source: LogSource): LogFile;
  /** What comes after `newest`, or all where that is null. */
  follow(source: LogSource, newest: LogFile["newest"]): LogFollower;
}

/** A launch whose output is looked at: its process, and when it was told to start (epoch ms). */
export interface LaunchMoment {
  pid: number | null;
  at: number | null;
}

/** So many launches are told apart at a time; a task that prints lines like ours must not cost memory. */
const MOST_LAUNCHES = 64;

/** Looks for the first line of each launch's output that matches: what was printed before, and what comes. */
export class LaunchLog {
  /** By the launch's pid. A line that follows the marks of two counts for both: only one of them is real. */
  readonly #found = new Map<number, string | null>();
  readonly #follower: LogFollower;

  constructor(
    reading: LogReading,
    source: LogSource,
    private readonly pattern: RegExp,
    launch: LaunchMoment,
  ) {
    const file = reading.openLog(source);
    this.#readBack(file, launch);
    this.#follower = reading.follow(source, file.newest);
    file.close();
  }

  close(): void {
    this.#follower.close();
  }

  /** Looks at what has come. */
  poll(): void {
    for (const entry of this.#follower.poll()) this.#take(entry);
  }

  /** The line of this launch that matched. */
  lineOf(pid: number | null): string | null {
    return (pid === null ? null : this.#found.get(pid)) ?? null;
  }

  #readBack(file: LogFile, { pid, at }: LaunchMoment): void {
    if (at === null) return;
    const from = file.find(stampOf(at), false);
    // The line that marks the launch is gone where the log begins after it: rotated away, or cleaned.
    if (from === 0 && pid !== null) this.#found.set(pid, null);
    for (const entry of file.lines("oldest first", from, file.size, null)) this.#take(entry);
  }

  #take(entry: LogEntry): void {
    const text = withoutColour(entry.text);
    const pid = startedPid(text);
    if (pid !== null) this.#begin(pid);
    else if (!isOwnText(text) && this.pattern.test(text)) this.#match(text);
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
