import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LogFile } from "../../src/adapters/logs/file.ts";
import { LogFollower } from "../../src/adapters/logs/follow.ts";
import type { FollowDeps } from "../../src/app/logs/follow.ts";
import type { LogsRequest } from "../../src/app/logs/logs.ts";

/** Logs of some tasks in a directory of their own, and what `logs` needs to read them. */
export interface LogDirectory extends Disposable {
  readonly path: string;
  /** Where a task's log is; `.1` for a rotated file. */
  log(task: string, suffix?: string): string;
  write(task: string, lines: readonly string[], suffix?: string): void;
  /** Reads the logs of these tasks. */
  deps(...tasks: string[]): FollowDeps;
}

export function createLogDirectory(): LogDirectory {
  const path = mkdtempSync(join(tmpdir(), "tmx-logs-"));
  const log = (task: string, suffix = ""): string => join(path, `${task}.log${suffix}`);
  return {
    path,
    log,
    write: (task, lines, suffix) =>
      writeFileSync(log(task, suffix), lines.map((line) => `${line}\n`).join("")),
    deps: (...tasks) => ({
      sources: () => tasks.map((task) => ({ task, path: log(task) })),
      openLog: (source) => new LogFile(source.task, source.path),
      logError: () => null,
      follow: (source, newest) => new LogFollower(source.task, source.path, newest),
      now: Date.now,
      sleep: (ms) => Bun.sleep(ms),
    }),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** A line of a log; its time in ms after the start of 2024. */
export const lineAt = (ms: number, text: string): string => `${stampAt(ms)} ${text}`;
export const stampAt = (ms: number): string =>
  new Date(Date.UTC(2024, 0, 1) + ms).toISOString().slice(0, 23);

/** Everything of all tasks; a test changes what it is about. */
export const WHOLE_REQUEST: LogsRequest = {
  tasks: [],
  lines: null,
  grep: null,
  regex: false,
  context: 0,
  since: null,
  until: null,
  run: null,
};
