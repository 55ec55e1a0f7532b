import type { ErrorCode } from "../failure.ts";
import { describeEnd, type End, type TaskProcess, type Want } from "../tasks/lifecycle.ts";

/** The state to wait for. */
export type Goal = "healthy" | "exited" | "stopped";

/** The condition to wait for: if both parts are given, both must hold. */
export interface WaitCondition {
  goal: Goal | null;
  /** A regular expression that a line of the launch's output must match. */
  log: string | null;
}

/** The facts that decide a wait. */
export interface WaitFacts {
  want: Want;
  process: TaskProcess;
  /** A command ended the process, to stop or restart the task. */
  wasStopped: boolean;
  /** A command or a monitor is ending the task's processes. */
  isStopping: boolean;
  gaveUp: boolean;
  /** A running monitor will restart the task. */
  willRestart: boolean;
  /** The task has been healthy in this launch. */
  isHealthy: boolean;
  /** How the task last ended by itself; null if it didn't, or if a command has stopped it since. */
  ended: End | null;
  /** The line of the launch's output that matched. */
  line: string | null;
  /** All output of the launch has been read. */
  isRead: boolean;
  /** Why the task isn't healthy yet, in words. */
  obstacle: string;
}

/**
 * Whether the condition holds; `lost`: it can't hold any more. The reason continues a sentence that begins with the task's
 * name.
 */
export type Verdict =
  { kind: "holds" | "waits"; reason: string } | { kind: "lost"; reason: string; code: ErrorCode };

/** Whether the condition holds, can still come to hold, or can't any more. */
export function judgeWait(condition: WaitCondition, facts: WaitFacts): Verdict {
  const parts = [
    ...(condition.goal === null ? [] : [rules[condition.goal](facts)]),
    ...(condition.log === null ? [] : [ofLog(condition.log, facts)]),
  ];
  return (
    parts.find(({ kind }) => kind === "lost") ??
    parts.find(({ kind }) => kind === "waits") ??
    holds(parts.map(({ reason }) => reason).join(", "))
  );
}

const holds = (reason: string): Verdict => ({ kind: "holds", reason });
const waits = (reason: string): Verdict => ({ kind: "waits", reason });
const lost = (code: ErrorCode, reason: string): Verdict => ({ kind: "lost", code, reason });

const rules: Record<Goal, (facts: WaitFacts) => Verdict> = {
  healthy: (facts) => {
    if (facts.want === "down") return unwanted(facts);
    if (facts.isHealthy) return holds("is healthy");
    if (facts.gaveUp && isUp(facts))
      return lost("E215", "is not healthy, and its monitor has given it up");
    return notRunning(facts) ?? waits(`is not healthy: ${facts.obstacle}`);
  },
  exited: (facts) => {
    if (facts.ended !== null) return holds(describeEnd(facts.ended));
    if (facts.want === "down") return unwanted(facts);
    return notRunning(facts) ?? waits("has not exited");
  },
  stopped: (facts) => {
    if (facts.want === "down")
      return isUp(facts) || facts.isStopping ? waits("is being stopped") : holds("is stopped");
    const end = endForGood(facts);
    if (end === null) return waits(isUp(facts) ? "runs" : "is wanted");
    return lost("E202", `${describeEnd(end)}: nothing is left of it to stop`);
  },
};

function ofLog(log: string, facts: WaitFacts): Verdict {
  const { want, line } = facts;
  if (line !== null) return holds(`printed: ${line}`);
  const missing = waits(`has printed no line that matches '${log}'`);
  // Output that the task still prints while it ends, or that isn't in the log yet, counts.
  if (isUp(facts) || (facts.process.kind === "ended" && !facts.isRead)) return missing;
  if (want === "down") return unwanted(facts);
  return notRunning(facts) ?? missing;
}

const isUp = ({ process }: WaitFacts): boolean =>
  process.kind === "alive" || process.kind === "pending";

/** The verdict for a task that is not wanted: never started, stopped, or being stopped. */
function unwanted({ process }: WaitFacts): Verdict {
  if (process.kind === "none") return lost("E202", "was not started");
  return lost("E202", process.kind === "ended" ? "is stopped" : "is being stopped");
}

/** The verdict for a wanted task without a process; null if it has one. */
function notRunning(facts: WaitFacts): Verdict | null {
  const { process, gaveUp } = facts;
  if (process.kind === "none") return waits(`has not been launched: ${facts.obstacle}`);
  if (process.kind !== "ended") return null;
  const how = describeEnd(process.end);
  const end = endForGood(facts);
  if (end === null) return waits(`${how}, and is about to be launched again`);
  return lost("E215", gaveUp ? `${how}, and its monitor has given it up` : how);
}

/** How a wanted task ended, if nothing will launch it again; null otherwise. */
function endForGood({ process, wasStopped, willRestart }: WaitFacts): End | null {
  return process.kind !== "ended" || wasStopped || willRestart ? null : process.end;
}
