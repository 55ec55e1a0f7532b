import type { Failure } from "../../domain/failure.ts";
import { fileFailure } from "../../domain/system-error.ts";
import type { LogsClean } from "../../domain/results/logs.ts";
import { unknownTask } from "../selection.ts";
import type { LogSource } from "./logs.ts";

/** The dependencies of `logs-clean`. */
export interface LogsCleanDeps {
  session: string;
  /** The logs of the config's tasks, `log_file` included. */
  sources(): readonly LogSource[];
  /** The logs in the session's own directory, including those of removed tasks. */
  sessionLogs(): readonly LogSource[];
  /** Why a file in the config is not deleted, as a sentence: it is no log of this session. Null if it is one. */
  refusal(source: LogSource): string | null;
  /** Deletes a log with its rotated files, and returns their paths. Throws errors of the file system. */
  deleteLog(source: LogSource): Promise<string[]>;
}

/** Deletes the logs of one task, or of the whole session (null). Running tasks continue in new files. */
export async function logsClean(
  task: string | null,
  deps: LogsCleanDeps,
): Promise<LogsClean | Failure> {
  const all = uniqueByPath([...deps.sources(), ...deps.sessionLogs()]);
  const chosen = task === null ? all : all.filter((source) => source.task === task);
  if (chosen.length === 0 && task !== null)
    return unknownTask(
      task,
      all.map((source) => source.task),
    );
  const deleted: string[] = [];
  const refusals = chosen.map((source) => deps.refusal(source));
  for (const source of chosen.filter((_, index) => refusals[index] === null)) {
    try {
      deleted.push(...(await deps.deleteLog(source)));
    } catch (error) {
      return fileFailure("delete the log", source.path, error);
    }
  }
  const warnings = refusals.filter((refusal) => refusal !== null);
  return { ok: true, session: deps.session, deleted, task, warnings };
}

function uniqueByPath(sources: readonly LogSource[]): LogSource[] {
  const seen = new Set<string>();
  return sources.filter(({ path }) => !seen.has(path) && seen.add(path));
}
