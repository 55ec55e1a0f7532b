import type { ErrorCode } from "../failure.ts";
import type { Verdict } from "./wait.ts";

/** What a verification found. */
export type Verified = "not_running" | "crashed" | "unhealthy" | "new_errors" | "timed_out" | "ok";

/** The error code of each verdict that isn't `ok`. */
export const VERIFY_CODES: Record<Exclude<Verified, "ok">, ErrorCode> = {
  not_running: "E202",
  crashed: "E215",
  unhealthy: "E214",
  new_errors: "E219",
  timed_out: "E214",
};

/** What a verification knows of a task. Times are in ms. */
export interface VerifyFacts {
  /** Whether it is healthy, by a check that began after its last reload. */
  health: Verdict;
  /** Its process is alive. */
  isUp: boolean;
  /** How it ended by itself since the verification began, in words; null if it didn't. */
  ended: string | null;
  /** It has reloaded itself, or needs not. */
  isReloaded: boolean;
  /** Number of new error groups. */
  newErrors: number;
  /** Since the newest new error was found. */
  sinceError: number;
  /** All of its output is judged. */
  isRead: boolean;
  /** For how long it has been healthy and reloaded without interruption; null if it isn't. */
  readyFor: number | null;
  /** For how long it has no longer been healthy; null if it is, or never was. */
  failingFor: number | null;
}

/** The verdict, and why, which continues a sentence that begins with the task's name. */
export type VerifyJudgement =
  { kind: "decided"; verdict: Verified; reason: string } | { kind: "waits"; reason: string };

/**
 * Whether an edit works. A crash and a new error decide at once. A failed check does after `settle` ms in which no other
 * has passed: a program that a file watcher relaunches doesn't answer for a moment. So does an error of a task that isn't
 * healthy, which may still recover.
 */
export function judgeVerify(facts: VerifyFacts, settle: number): VerifyJudgement {
  const { health, ended, newErrors, readyFor, failingFor } = facts;
  if (health.kind === "lost") return lost(health, facts);
  if (ended !== null) return decided("crashed", ended);
  const isReady = readyFor !== null;
  if (newErrors > 0 && (isReady || facts.sinceError >= settle))
    return decided("new_errors", newErrors === 1 ? "printed a new error" : "printed new errors");
  if (failingFor !== null && failingFor >= settle) return decided("unhealthy", health.reason);
  if (isReady && readyFor >= settle && facts.isRead) return decided("ok", health.reason);
  if (health.kind === "holds" && !facts.isReloaded) return waits("has not reloaded");
  return waits(isReady ? `${health.reason} so far` : health.reason);
}

const decided = (verdict: Verified, reason: string): VerifyJudgement => ({
  kind: "decided",
  verdict,
  reason,
});
const waits = (reason: string): VerifyJudgement => ({ kind: "waits", reason });

/** It can't become healthy: it isn't wanted, has ended, or lives on unhealthy and given up. */
function lost(health: Verdict & { kind: "lost" }, { isUp }: VerifyFacts): VerifyJudgement {
  if (health.code === "E202") return decided("not_running", health.reason);
  return decided(isUp ? "unhealthy" : "crashed", health.reason);
}

const FAILED: readonly Verified[] = ["crashed", "unhealthy", "new_errors", "not_running"];

/** The verdict on all tasks: that of the worst one, and if none has failed, whether one was still watched (null). */
export function worstOf(verdicts: readonly (Verified | null)[]): Verified {
  const failed = FAILED.find((verdict) => verdicts.includes(verdict));
  return failed ?? (verdicts.includes(null) ? "timed_out" : "ok");
}

/** Where the output to judge begins. */
export interface Places {
  /** The cursor that was given, else where this reader's last verification ended; null if there is none. */
  seen: number | null;
  /** Where this reader's last start or restart is; null if there was none. */
  ordered: number | null;
  /** Where the last seconds begin. */
  recent: number;
}

/** The offset at which the output to judge begins. A cursor that was given holds alone. */
export function baselineOf({ seen, ordered, recent }: Places, isGiven: boolean): number {
  if (seen === null) return ordered ?? recent;
  return isGiven ? seen : Math.max(seen, ordered ?? 0);
}
