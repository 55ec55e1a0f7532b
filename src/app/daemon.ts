import type { Project } from "../domain/config.ts";
import type { Context } from "./context.ts";
import { Supervisor } from "./supervise.ts";

/** The API as the daemon feeds it. */
export interface ApiFeed {
  /** Something about a task may have changed. */
  changed(): void;
  /** A health check has ended. */
  healthChecked(): void;
}

/** What a daemon is made of, besides its monitor. */
export interface DaemonParts {
  /** A Context of its own, with a lock of its own, for whatever acts. */
  contextFor(project: Project): Context;
  api: ApiFeed;
  /** Watches the config until the signal is aborted, and acts on what changes. */
  reconcile(inForce: (project: Project) => void, signal: AbortSignal): Promise<void>;
  /** Is told each config that comes to hold. */
  inForce(project: Project): void;
}

/** Monitor and config watch, until the signal is aborted. The tasks live on. */
export async function runDaemon(
  project: Project,
  { contextFor, api, reconcile, inForce }: DaemonParts,
  signal: AbortSignal,
): Promise<void> {
  const monitor = new Supervisor(contextFor(project), {
    looked: () => api.changed(),
    checked: () => api.healthChecked(),
  });
  const adopt = (changed: Project): void => {
    inForce(changed);
    monitor.adopt(contextFor(changed));
    api.changed();
  };
  await Promise.all([monitor.watch(signal), reconcile(adopt, signal)]);
}
