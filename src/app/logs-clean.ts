import { Failure } from "../domain/failure.ts";
import type { LogsClean } from "../domain/results-logs.ts";
import { didYouMean } from "../domain/suggest.ts";
import type { LogSource } from "./logs.ts";

/** What `logs-clean` touches. */
export interface LogsCleanDeps {
  session: string;
  /** The logs of the config's tasks, `log_file` included. */
  sources(): readonly LogSource[];
  /** The logs in the session's own directory, of tasks that were removed too. */
  sessionLogs(): readonly LogSource[];
  /** Deletes a log with its rotated files, and returns what it deleted; throws what the file system throws. */
  deleteLog(path: string): string[];
}

/** Deletes the logs of one task, or of the whole session (null). Tasks that run go on in new files. */
export function logsClean(task: string | null, deps: LogsCleanDeps): LogsClean | Failure {
  const all = uniqueByPath([...deps.sources(), ...deps.sessionLogs()]);
  const chosen = task === null ? all : all.filter((source) => source.task === task);
  if (chosen.length === 0 && task !== null) return unknownTask(task, all);
  const deleted: string[] = [];
  for (const { path } of chosen) {
    try {
      deleted.push(...deps.deleteLog(path));
    } catch (error) {
      return new Failure("E900", `The log ${path} can't be deleted: ${(error as Error).message}`);
    }
  }
  return { ok: true, session: deps.session, deleted, task };
}

function uniqueByPath(sources: readonly LogSource[]): LogSource[] {
  const seen = new Set<string>();
  return sources.filter(({ path }) => !seen.has(path) && seen.add(path));
}

function unknownTask(task: string, known: readonly LogSource[]): Failure {
  const names = known.map((source) => source.task);
  return new Failure(
    "E200",
    `Task '${task}' not found in config`,
    didYouMean(task, names) ?? undefined,
  );
}
