import { signalNumber } from "../logs/line.ts";

/** What the user wants of a task. Recorded, so it outlives the command that set it. */
export type Want = "up" | "down";

/** The state of a task now. */
export type TaskState =
  "stopped" | "starting" | "stopping" | "running" | "unhealthy" | "exited" | "failed" | "backoff";

/** What a command or a monitor is doing to a task, its hooks included. `waiting`: to launch it once its dependencies are ready. */
export type Act = "starting" | "stopping" | "waiting";

/** How a process ended. `lost`: it is gone, and its exit was not seen because its window's process was killed too. */
export type End =
  | { kind: "exit"; status: number; at: number }
  | { kind: "signal"; signal: string; at: number }
  | { kind: "lost" };

/** The process of a task's last launch. */
export type TaskProcess =
  | { kind: "none" }
  /** The launch message was sent to the launcher; the pid isn't recorded yet. */
  | { kind: "pending" }
  | { kind: "alive"; pid: number; startTime: string }
  | { kind: "ended"; end: End };

/** The health of a launch: it has never passed, it passes, or it fails after it had passed. */
export type Health = "none" | "waiting" | "passes" | "fails";

/** Everything that determines a task's state. */
export interface Observation {
  want: Want;
  process: TaskProcess;
  oneshot: boolean;
  /** The exit statuses that count as success. */
  successCodes: readonly number[];
  health: Health;
  /** A command ended the process, to stop or restart the task. */
  wasStopped: boolean;
  /** What a running process is doing to the task; null: nothing. */
  act: Act | null;
  /** When a monitor will restart the task (epoch ms). */
  restartAt: number | null;
  /** A monitor has given up restarting the task. */
  gaveUp: boolean;
  /** A job whose window is gone: its result no longer counts. */
  isVoid: boolean;
}

/*
 *            launch            check passes            check fails
 *   stopped ────────> starting ────────────> running <────────────> unhealthy
 *      ^                 │ (no check: at once)  │     check passes       │
 *      │                 └──────────┬───────────┴───────────┬────────────┘
 *      │                        exit 0                other status, signal
 *      │                            v                       v
 *      ├──── stop ──────────────  exited ──> backoff <── failed
 *      │     (no process lives)     policy: always   │ restart
 *      │                                             └──────> starting
 *      └── its processes are gone ── stopping <── stop, restart (while a process lives)
 *                                        └─ restart: they are gone ─> starting
 */

/** The state that follows from an observation. */
export function stateOf(seen: Observation): TaskState {
  if (seen.act === "stopping") return "stopping";
  if (isBeingLaunched(seen)) return "starting";
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

/** Wanted and being launched: how an earlier process ended no longer matters. */
const isBeingLaunched = ({ act, want, process }: Observation): boolean =>
  act === "starting" && want === "up" && process.kind !== "alive";

function aliveState({ oneshot, health, gaveUp }: Observation): TaskState {
  if (gaveUp) return "failed";
  if (oneshot || health === "waiting") return "starting";
  return health === "fails" ? "unhealthy" : "running";
}

function endedState(seen: Observation, end: End): TaskState {
  if (seen.want === "down" || seen.isVoid) return "stopped";
  if (seen.gaveUp) return "failed";
  // For example, an earlier restart failed after it had stopped the process.
  if (seen.restartAt !== null) return "backoff";
  if (seen.wasStopped) return "stopped";
  return isSuccess(end, seen.successCodes) ? "exited" : "failed";
}

/**
 * When a process ended, epoch ms: as recorded, but not before its launch and not after now, because the clock of the
 * record's file system may differ.
 */
export function endedAt(end: End, launchedAt: number | null, now: number): number {
  const at = end.kind === "lost" ? now : end.at;
  return Math.min(now, Math.max(at, launchedAt ?? 0));
}

/** Whether an end counts as success; `codes`: the task's `success_exit_codes`. A signal counts as shells report it. */
export function isSuccess(end: End, codes: readonly number[]): boolean {
  const status = statusOf(end);
  return status !== null && codes.includes(status);
}

/** The exit status that a shell reports for an end; null if it is unknown. */
function statusOf(end: End): number | null {
  if (end.kind === "exit") return end.status;
  const number = end.kind === "signal" ? signalNumber(end.signal) : null;
  return number === null ? null : 128 + number;
}

/** Whether a command may have gone to the background: then it ends with 0. */
export const hasExitedWithZero = (end: End): boolean => end.kind === "exit" && end.status === 0;

/** Whether a task in this state has a process, or is getting one. */
export const isRunning = (state: TaskState): boolean =>
  ["starting", "stopping", "running", "unhealthy"].includes(state);

/** Whether dependents may rely on a task in this state. */
export const isHealthy = (state: TaskState, oneshot: boolean): boolean =>
  state === "running" || (oneshot && state === "exited");

/** An end as part of a sentence: `exited with status 1`. */
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

/** The signals that end a process, from the weakest to the strongest. */
export type SignalName = "SIGINT" | "SIGTERM" | "SIGKILL";
