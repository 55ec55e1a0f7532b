import type { ErrorCode } from "./failure.ts";
import { describeEnd, type End, type TaskProcess, type Want } from "./lifecycle.ts";

/** What a task can be waited for to become. */
export type Goal = "healthy" | "exited" | "stopped";

/** What is waited for: both hold, where both are given. */
export interface Wish {
  goal: Goal | null;
  /** The regular expression that a line of the launch's output matches. */
  log: string | null;
}

/** All that a verdict follows from. */
export interface WaitFacts {
  want: Want;
  process: TaskProcess;
  /** A command ended the process, to stop the task or to launch it anew. */
  wasStopped: boolean;
  gaveUp: boolean;
  /** A monitor lives that launches it again. */
  willRestart: boolean;
  /** That it is so now has been seen for this launch. */
  isHealthy: boolean;
  /** How the task last ended by itself; null if it didn't, or a command has stopped it since. */
  ended: End | null;
  /** The line of the launch's output that matched. */
  line: string | null;
  /** All that the launch printed has been looked at. */
  isRead: boolean;
  /** What keeps it from being healthy, in words. */
  obstacle: string;
}

/** Whether it holds; `lost`: it can't any more. The reason goes on after the task's name. */
export type Verdict =
  { kind: "holds" | "waits"; reason: string } | { kind: "lost"; reason: string; code: ErrorCode };

/** Whether what is waited for holds, can still come, or can't any more. */
export function judgeWait(wish: Wish, facts: WaitFacts): Verdict {
  const parts = [
    ...(wish.goal === null ? [] : [rules[wish.goal](facts)]),
    ...(wish.log === null ? [] : [ofLog(wish.log, facts)]),
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
    return notRunning(facts) ?? waits(`is not healthy: ${facts.obstacle}`);
  },
  exited: (facts) => {
    if (facts.ended !== null) return holds(describeEnd(facts.ended));
    if (facts.want === "down") return unwanted(facts);
    return notRunning(facts) ?? waits("has not exited");
  },
  stopped: (facts) => {
    if (facts.want === "down") return isUp(facts) ? waits("is being stopped") : holds("is stopped");
    const end = endForGood(facts);
    if (end === null) return waits(isUp(facts) ? "runs" : "is wanted");
    return lost("E202", `${describeEnd(end)}: nothing is left of it to stop`);
  },
};

function ofLog(log: string, facts: WaitFacts): Verdict {
  const { want, line } = facts;
  if (line !== null) return holds(`printed: ${line}`);
  const missing = waits(`has printed no line that matches '${log}'`);
  // What it still prints while it ends, and what of that is on its way to the log, counts.
  if (isUp(facts) || (facts.process.kind === "ended" && !facts.isRead)) return missing;
  if (want === "down") return unwanted(facts);
  return notRunning(facts) ?? missing;
}

const isUp = ({ process }: WaitFacts): boolean =>
  process.kind === "alive" || process.kind === "pending";

/** Of a task that nobody wants: never started, stopped, or about to be. */
function unwanted({ process }: WaitFacts): Verdict {
  if (process.kind === "none") return lost("E202", "was not started");
  return lost("E202", process.kind === "ended" ? "is stopped" : "is being stopped");
}

/** What is said of a wanted task without a process; null if it has one. */
function notRunning(facts: WaitFacts): Verdict | null {
  const { process, gaveUp } = facts;
  if (process.kind === "none") return waits(`has not been launched: ${facts.obstacle}`);
  if (process.kind !== "ended") return null;
  const how = describeEnd(process.end);
  const end = endForGood(facts);
  if (end === null) return waits(`${how}, and is about to be launched again`);
  return lost("E215", gaveUp ? `${how}, and its monitor has given it up` : how);
}

/** How a wanted task ended after which nobody launches it again; null if it didn't. */
function endForGood({ process, wasStopped, willRestart }: WaitFacts): End | null {
  return process.kind !== "ended" || wasStopped || willRestart ? null : process.end;
}
