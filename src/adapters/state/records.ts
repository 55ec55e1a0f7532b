import type { Act, Want } from "../../domain/tasks/lifecycle.ts";
import type { Supervision } from "../../domain/tasks/supervision.ts";
import type { LaunchFacts } from "../../domain/tasks/launch-facts.ts";
import type { ProcessIdentity } from "../processes/table.ts";

/** What is remembered of a task between commands; written under the session's lock. */
export interface TaskMemory {
  want: Want;
  /** The last launch; null before the first. */
  run: string | null;
  /** When it was launched, epoch ms. */
  launchedAt: number | null;
  /** The launch that a command ended on purpose: its exit says nothing about the task. */
  stoppedRun: string | null;
  /** Why the last `start` did not launch it; null if it did, or the task was stopped since. */
  refused: Refusal | null;
  /** The dependency that a monitor has restarted since the launch, if the task must restart too. */
  restartAfter: string | null;
  /** What the config said at the last launch; null if a taskmux launched it that did not keep that. */
  facts: (LaunchFacts & { run: string }) | null;
  /** What a process is doing to the task; valid as long as that process is running. */
  act: ActRecord | null;
}

/** Why a task was not launched, and when (epoch ms). */
export interface Refusal {
  reason: string;
  at: number;
  /** A dependency was not ready: a monitor may launch it later. 0.1.0 did not record that. */
  isForDependency?: true;
}

/** An act in progress since `at` (epoch ms), and the process that does it. */
export interface ActRecord extends ProcessIdentity {
  kind: Act;
  at: number;
}

/** A monitor's state for the launches `runs`: the newest, and the one that it replaces. */
export interface SupervisionRecord {
  runs: (string | null)[];
  supervision: Supervision;
}

/** The result of a health check. `at` is ISO 8601 UTC. */
export interface HealthRecord {
  run: string;
  ok: boolean;
  method: string;
  reason: string | null;
  at: string;
}

/** What was launched: a monitor relaunches it, and its checks and hooks run in the same directory and environment. */
export interface LaunchRecord {
  run: string;
  command: string;
  shell: string;
  cwd: string;
  environment: Record<string, string>;
  /** Soft limit of open files, if one was set. */
  fileLimit?: number | null;
  /** The variables whose values depend on ports. */
  referring?: string[];
}

/** The memory of a task that was never started. */
export const BLANK: TaskMemory = {
  want: "down",
  run: null,
  launchedAt: null,
  stoppedRun: null,
  refused: null,
  restartAfter: null,
  facts: null,
  act: null,
};
