import type { Why } from "../results/why.ts";
import type { RestartRules } from "../tasks/supervision.ts";
import type { End } from "../tasks/lifecycle.ts";

/** The facts about a task that `why` shows. */
export type ShownFacts = Omit<Why, keyof Explanation>;

/** Further facts that the explanation needs. */
export interface Background {
  rules: RestartRules;
  end: End | null;
  gaveUp: boolean;
  /** A program of its command that its directory has, and its shell does not find there; null if none is known. */
  localProgram: string | null;
  /** As the config has it. */
  command: string;
  /** What a launch that isn't ready waits for, in words. */
  waitsFor: string;
  /** The last start did not launch it because a dependency was not ready. */
  isLeft: boolean;
  /** The `ready_log` expression, if no line has matched it yet. */
  missingLine: string | null;
}

export type TaskFacts = ShownFacts & Background;

export interface Explanation {
  /** A sentence without its full stop, like the other texts here. */
  summary: string;
  causes: string[];
  hint: string;
}

export const isWorktreeGone = ({ worktree }: TaskFacts): boolean => worktree?.exists === false;

/** Those on the task's port that are neither the task nor left behind by it. */
export const strangersOn = ({ port, left }: TaskFacts) =>
  port?.holders.filter((one) => !one.is_own && !left.some(({ pid }) => pid === one.pid)) ?? [];
