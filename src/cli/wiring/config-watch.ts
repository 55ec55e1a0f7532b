import { ConfigWatch } from "../../adapters/config/watch.ts";
import { readText } from "../../adapters/system/files.ts";
import { readLease } from "../../adapters/state/lease.ts";
import { runTasksPath, withRunTasks } from "../../adapters/state/run-tasks.ts";
import { ReloadJournal } from "../../adapters/config/reload-journal.ts";
import type { Context } from "../../app/context.ts";
import { reconcile } from "../../app/monitor/reconcile.ts";
import type { Project } from "../../domain/config/config.ts";

/** Options of a config watch. */
export interface WatchOptions {
  /** The session's name, if it overrides the file's. */
  session: string | null;
  contextFor(project: Project): Context;
  /** Whether tasks are stopped and launched to match the config; otherwise it is only read. */
  acts: boolean;
  /** Names or globs: of the new tasks, those of these profiles are started, and those without one. */
  profiles: readonly string[];
}

/**
 * Makes the watch of a project's config, which runs until a signal is aborted; `onConfigApplied` is called with each config
 * that takes effect. Call it when the project is loaded, so that no later save is missed.
 */
export function configWatchOf(
  project: Project,
  { session, contextFor, acts, profiles }: WatchOptions,
) {
  const { configPath } = project;
  const text = readText(configPath);
  const runTasks = runTasksPath(project.session);
  const journal = acts ? new ReloadJournal(project) : null;
  return (onConfigApplied: (project: Project) => void, signal: AbortSignal): Promise<void> => {
    const parts = {
      held: { project, text },
      watch: (onChange: () => void) => {
        const watch = new ConfigWatch(configPath, onChange, project.isOthers, runTasks);
        return { read: () => watch.read(session), end: () => watch.end() };
      },
      withRunTasks,
      contextFor,
      onConfigApplied,
      journal,
      profiles,
      hasOtherActor: () => !acts && readLease(project, "watch") !== null,
    };
    return reconcile(parts, signal);
  };
}
