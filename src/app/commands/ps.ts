import type { RunningSessions } from "../../adapters/sessions/servers.ts";
import type { Monitor } from "../../adapters/state/lease.ts";
import type { ListedSession, Ps } from "../../domain/results/sessions.ts";
import {
  countsOf,
  isRunningTask,
  nextStep,
  runningSince,
  type SessionFacts,
} from "../../domain/sessions/session-facts.ts";
import { refusedBySystem } from "../../domain/system-error.ts";

/** The dependencies of `ps`. */
export interface PsDeps {
  /** The sessions that have records. */
  sessionNames(): string[];
  /** The sessions that run, on all servers that any of these sessions was on. */
  runningSessions(names: readonly string[]): Promise<RunningSessions>;
  /** What a session's records say; `marked` is the config of its tmux session. Throws errors of the file system. */
  facts(session: string, marked: string | null): SessionFacts;
  ports(session: string): { task: string; port: number }[];
  monitor(session: string): Monitor | null;
}

/** Every session of this user that runs or has records. */
export async function ps(deps: PsDeps): Promise<Ps> {
  const recorded = deps.sessionNames();
  const { sessions: running, failures } = await deps.runningSessions(recorded);
  const marks = new Map(running.map(({ name, configPath }) => [name, configPath]));
  const names = [...new Set([...recorded, ...marks.keys()])].toSorted();
  return {
    sessions: names.flatMap((name) => listed(name, marks.get(name) ?? null, deps) ?? []),
    warnings: failures.map(({ message }) => message),
  };
}

/** Null for a run directory without records: a command like `add` has locked a session that never ran. */
function listed(session: string, marked: string | null, deps: PsDeps): ListedSession | null {
  try {
    return readable(session, marked, deps);
  } catch (error) {
    const refused = refusedBySystem(error);
    if (refused === null) throw error;
    return { ...NOTHING, session, running: marked !== null, problem: refused.message };
  }
}

/** What is said of a session whose records can't be read. */
const NOTHING = {
  config_path: null,
  gone: null,
  worktree: null,
  active_tasks: 0,
  wanted_tasks: 0,
  ports: [],
  monitor: null,
  started_at: null,
  hint: null,
};

function readable(session: string, marked: string | null, deps: PsDeps): ListedSession | null {
  const { configPath, gone, worktree, tasks } = deps.facts(session, marked);
  const { running, wanted } = countsOf(tasks);
  const names = new Set(tasks.filter(isRunningTask).map(({ name }) => name));
  const monitor = deps.monitor(session);
  // A server whose socket is gone doesn't answer, but its windows are there.
  const isOpen = marked !== null || tasks.some(({ hasWindow }) => hasWindow);
  if (!isOpen && configPath === null && tasks.length === 0 && monitor === null) return null;
  const since = runningSince(tasks);
  return {
    session,
    running: isOpen,
    config_path: configPath,
    gone,
    worktree: worktree && { id: worktree.id, main: worktree.main },
    active_tasks: running,
    wanted_tasks: wanted,
    ports: deps.ports(session).filter(({ task }) => names.has(task)),
    monitor,
    started_at: since === null ? null : new Date(since).toISOString(),
    problem: null,
    hint: nextStep(session, { gone, isUsed: isOpen || running > 0, monitor }),
  };
}
