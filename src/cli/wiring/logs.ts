import { existsSync } from "node:fs";
import { logsIn } from "../../adapters/logs/clean.ts";
import { OwnLogs } from "../../adapters/logs/own.ts";
import { logDirectory, logPath, runDirectory } from "../../adapters/system/paths.ts";
import { RunState } from "../../adapters/state/run-state.ts";
import { sleepUntilAborted } from "../../adapters/system/timers.ts";
import type { FollowDeps } from "../../app/logs/follow.ts";
import type { LogSource } from "../../app/logs/logs.ts";
import { othersSession } from "../../app/tasks/session-refusals.ts";
import type { Project } from "../../domain/config/config.ts";
import type { Failure } from "../../domain/failure.ts";

/**
 * The dependencies for reading a project's logs; when following, also those of tasks that are added later. `onRead` is
 * called with the number of bytes of each read.
 */
export function depsOf(
  project: Project,
  isFollowing: boolean,
  onRead?: (bytes: number) => void,
): FollowDeps {
  const state = recordsOf(project);
  const logs = new OwnLogs(state, onRead);
  const known = sourcesOf(project);
  const names = new Set(known.map(({ task }) => task));
  // Tasks that are added later are found by their logs.
  const others = () => logsIn(logDirectory(project.session)).filter(({ task }) => !names.has(task));
  return {
    sources: () => (isFollowing ? [...known, ...others()] : known),
    openLog: (source) => logs.open(source),
    logError: (task) => state.task(task).logError() ?? refusalOf(logs, known, task),
    follow: (source, newest) => logs.follow(source, newest),
    now: Date.now,
    sleep: sleepUntilAborted,
  };
}

const refusalOf = (logs: OwnLogs, known: LogSource[], task: string): string | null => {
  const source = known.find((one) => one.task === task);
  return source === undefined ? null : logs.problem(source);
};

/** The records of a project's session. */
export const recordsOf = (project: Project): RunState =>
  new RunState(project.session, runDirectory(project.session), project);

/** E302 if the session's records and logs belong to another config. */
export function refuseOthersLogs(project: Project): Failure | null {
  const owner = recordsOf(project).otherOwner();
  return owner === null
    ? null
    : othersSession(project, owner, existsSync(owner), "has the logs of");
}

/** The tasks of the config and where their logs are. */
export const sourcesOf = (project: Project): LogSource[] =>
  project.config.tasks.map((task) => ({ task: task.name, path: logPath(project.session, task) }));
