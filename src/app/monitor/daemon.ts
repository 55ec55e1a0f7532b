import type { Project } from "../../domain/config/config.ts";
import type { Context } from "../context.ts";
import { Supervisor } from "./supervise.ts";

/** What the daemon reports to the API. */
export interface ApiFeed {
  /** A task may have changed. */
  changed(): void;
  /** A health check has ended. */
  healthChecked(): void;
}

/** The dependencies of a daemon, in addition to its monitor. */
export interface DaemonParts {
  /** Creates a Context with a lock of its own, for each actor. */
  contextFor(project: Project): Context;
  api: ApiFeed;
  /** Watches the config until the signal is aborted, and applies changes. */
  reconcile(onConfigApplied: (project: Project) => void, signal: AbortSignal): Promise<void>;
  /** Called with each config that takes effect. */
  onConfigApplied(project: Project): void;
}

/** Runs the monitor and the config watch until the signal is aborted. Tasks keep running. */
export async function runDaemon(
  project: Project,
  { contextFor, api, reconcile, onConfigApplied }: DaemonParts,
  signal: AbortSignal,
): Promise<void> {
  const monitor = new Supervisor(contextFor(project), {
    taskChanged: () => api.changed(),
    checkEnded: () => api.healthChecked(),
  });
  const adopt = (changed: Project): void => {
    onConfigApplied(changed);
    monitor.adopt(contextFor(changed));
    api.changed();
  };
  await Promise.all([monitor.watch(signal), reconcile(adopt, signal)]);
}
