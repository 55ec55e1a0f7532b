/** What the user asked of a task; it outlives the command that set it. */
export type Want = "up" | "down";

/** What is true of a task now (contract, section 1). */
export type TaskState =
  "stopped" | "starting" | "running" | "unhealthy" | "exited" | "failed" | "backoff";

/** How a process ended. `lost`: it is gone, and nobody was left to see how (its window's process was killed too). */
export type End =
  | { kind: "exit"; status: number; at: number }
  | { kind: "signal"; signal: string; at: number }
  | { kind: "lost" };

/** The process of a task's last launch. */
export type TaskProcess =
  | { kind: "none" }
  /** Told to start, not yet on record. */
  | { kind: "pending" }
  | { kind: "alive"; pid: number; startTime: string }
  | { kind: "ended"; end: End };

/** What the health check of a launch says: it never passed, it passes, or it fails after it had passed. */
export type Health = "none" | "waiting" | "passes" | "fails";

/** All that a task's state follows from. */
export interface Observation {
  want: Want;
  process: TaskProcess;
  oneshot: boolean;
  health: Health;
  /** A command ended the process, to stop the task or to launch it anew. */
  wasStopped: boolean;
  /** A monitor restarts the task at this time (epoch ms). */
  restartAt: number | null;
  /** A monitor has given the task up. */
  gaveUp: boolean;
}

/*
 *            launch            check passes            check fails
 *   stopped ────────> starting ────────────> running <────────────> unhealthy
 *      ^                 │ (no check: at once)  │     check passes       │
 *      │                 └──────────┬───────────┴───────────┬────────────┘
 *      │                        exit 0                other status, signal
 *      │                            v                       v
 *      ├──── stop ──────────────  exited ──> backoff <── failed
 *      └─ (from any state)          policy: always   │ restart
 *                                                    └──────> starting
 */

/** The state that an observation comes to. */
export function stateOf(seen: Observation): TaskState {
  switch (seen.process.kind) {
    case "none":
      return "stopped";
    case "pending":
      return "starting";
    case "alive":
      return aliveState(seen);
    case "ended":
      return endedState(seen, seen.process.end);
  }
}

function aliveState({ oneshot, health }: Observation): TaskState {
  if (oneshot || health === "waiting") return "starting";
  return health === "fails" ? "unhealthy" : "running";
}

function endedState(seen: Observation, end: End): TaskState {
  if (seen.want === "down" || seen.wasStopped) return "stopped";
  if (seen.gaveUp) return "failed";
  if (seen.restartAt !== null) return "backoff";
  return isSuccess(end) ? "exited" : "failed";
}

export const isSuccess = (end: End): boolean => end.kind === "exit" && end.status === 0;

/** Whether a process of the task lives in this state. */
export const isRunning = (state: TaskState): boolean =>
  state === "starting" || state === "running" || state === "unhealthy";

/** Whether dependents may count on a task in this state. */
export const isHealthy = (state: TaskState, oneshot: boolean): boolean =>
  state === "running" || (oneshot && state === "exited");

/** How an end reads in a sentence: `exited with status 1`. */
export function describeEnd(end: End): string {
  switch (end.kind) {
    case "exit":
      return `exited with status ${end.status}`;
    case "signal":
      return `was ended by ${end.signal}`;
    case "lost":
      return "is gone, with its window";
  }
}
