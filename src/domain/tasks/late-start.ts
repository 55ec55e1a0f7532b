import type { Want } from "./lifecycle.ts";

/** What decides whether a monitor starts a task that a `start` has not launched. */
export interface LateStartFacts {
  want: Want;
  /** It was launched since it was last started or stopped. */
  wasLaunched: boolean;
  /** Why the start did not launch it; null: it ended before it could record that. */
  refusal: "dependency" | "other" | null;
  /** A running command waits to launch it, or is launching or stopping it. */
  isInHand: boolean;
  /** Whether each of its dependencies is ready. */
  dependencies: readonly boolean[];
}

/**
 * Whether the task was left because a dependency was not ready, is still wanted, and could be launched now. A launch that
 * failed for another reason is not repeated.
 */
export function isLateStartDue(facts: LateStartFacts): boolean {
  const { want, wasLaunched, isInHand, dependencies } = facts;
  if (!isLeft(facts) || want !== "up" || wasLaunched || isInHand) return false;
  return dependencies.every(Boolean);
}

/** A task without dependencies had nothing to wait for. */
const isLeft = ({ refusal, dependencies }: LateStartFacts): boolean =>
  refusal === "dependency" || (refusal === null && dependencies.length > 0);
