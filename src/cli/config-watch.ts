import { ConfigWatch } from "../adapters/config-watch.ts";
import { readText } from "../adapters/files.ts";
import { readLease } from "../adapters/lease.ts";
import { ReloadJournal } from "../adapters/reload-journal.ts";
import type { Context } from "../app/context.ts";
import { reconcile } from "../app/reconcile.ts";
import type { Project } from "../domain/config.ts";

/** How a config is watched. */
export interface WatchOptions {
  /** The session's name, where the file's doesn't count. */
  session: string | null;
  contextFor(project: Project): Context;
  /** Whether tasks are stopped and launched as the config says; else it is only read. */
  acts: boolean;
}

/**
 * The watch of a project's config, to be run until a signal is aborted; `inForce` is told each config that comes to hold.
 * To be made when the project is loaded: what is saved from then on is seen.
 */
export function configWatchOf(project: Project, { session, contextFor, acts }: WatchOptions) {
  const { configPath } = project;
  const text = readText(configPath);
  const journal = acts ? new ReloadJournal(project) : null;
  return (inForce: (project: Project) => void, signal: AbortSignal): Promise<void> => {
    const parts = {
      held: { project, text },
      watch: (onChange: () => void) => {
        const watch = new ConfigWatch(configPath, onChange);
        return { read: () => watch.read(session), end: () => watch.end() };
      },
      contextFor,
      inForce,
      journal,
      hasOtherActor: () => !acts && readLease(project.session, "watch") !== null,
    };
    return reconcile(parts, signal);
  };
}
