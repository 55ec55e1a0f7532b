import { exactDuration } from "../values/units.ts";
import type { SignalName } from "./lifecycle.ts";

/** The progress of a task during a command, reported to the caller. Times in ms. */
export type Progress =
  | { kind: "launched"; task: string; pid: number | null }
  | { kind: "waiting"; task: string; reason: string }
  /** What a task waits for has changed; null: it waits no longer. */
  | { kind: "waits_for"; task: string; reason: string | null }
  | { kind: "ready"; task: string; after: number }
  | { kind: "failed"; task: string; reason: string }
  | { kind: "skipped"; task: string; reason: string }
  | { kind: "stopping"; task: string; phase: StopPhase }
  | { kind: "stopped"; task: string; signal: SignalName | null };

/** A step of a stop: until `until` (monotonic ms) it waits for the end; then it sends `next`, null after SIGKILL. */
export interface StopPhase {
  next: SignalName | null;
  until: number;
}

/** What is left of a phase: `3 s left before SIGKILL`. */
export function phaseText({ next, until }: StopPhase, now: number): string {
  if (next === null) return "SIGKILL was sent";
  return `${Math.max(0, Math.ceil((until - now) / 1000))} s left before ${next}`;
}

/** The line for a change, if it needs one; the command's result reports the rest. */
export function progressLine(progress: Progress): string | null {
  switch (progress.kind) {
    case "launched":
      return `${progress.task}: launched${progress.pid === null ? "" : ` (pid ${progress.pid})`}`;
    case "waiting":
      return `${progress.task}: waiting: ${progress.reason}`;
    case "ready":
      return `${progress.task}: ready after ${exactDuration(progress.after)}`;
    case "waits_for":
    case "failed":
    case "skipped":
    case "stopping":
      return null;
    case "stopped":
      return progress.signal === null ? null : `${progress.task}: stopped`;
  }
}
