/** So many restarts for changes within a period, ms, pause the watch; and for how long, ms. */
const MOST_RESTARTS = 5;
const PERIOD = 10_000;
const PAUSE = 60_000;

/** After this time since the first change, ms, a task is restarted even if files still change. */
const LONGEST_BURST = 60_000;

/** A launch counts as being started at most this long, ms: one that never becomes healthy must get a repair. */
const LONGEST_START = 10_000;

/** And at least this long, ms: a task without a sign of being ready may still write files. */
const SHORTEST_START = 1000;

/** While changes wait for a start to end, the task is observed again after this time, ms. */
const LOOK_AGAIN = 250;

/** A changed path, relative to the watched directory; `at` by the monitor's clock. */
export interface Change {
  path: string;
  at: number;
  /** It came while the task was being started: the task itself may have written it. */
  isDuringStart: boolean;
}

/** The changes that wait: when the first and the last of them came. */
export interface Burst {
  first: number;
  last: number;
}

/** What a monitor remembers of a task's restarts for changes; times by its clock, ms. */
export interface Watching {
  /** When the last restarts for changes were begun. */
  restarts: readonly number[];
  /** How many of them in a row followed only from changes during the start before. */
  chain: number;
  pausedUntil: number | null;
  /** Right after a pause one restart is enough for the next. */
  isOnProbation: boolean;
}

export const UNCHANGED: Watching = {
  restarts: [],
  chain: 0,
  pausedUntil: null,
  isOnProbation: false,
};

/** A task's launch, as far as a watch must know it. */
export interface LaunchNow {
  /** Being launched or stopped, or not healthy yet. */
  isStarting: boolean;
  /** A job is never interrupted. */
  oneshot: boolean;
  /** It has a health check or `ready_log`. */
  hasSign: boolean;
  /** Its process is running. */
  isAlive: boolean;
  /** By the monitor's clock. */
  launchedAt: number;
}

/**
 * When a task stops to count as being started; null: it doesn't count as such at `now`. Infinity: when it is observed to be
 * ready.
 */
export function startEnds(launch: LaunchNow, now: number): number | null {
  const { isStarting, oneshot, hasSign, isAlive, launchedAt } = launch;
  if (isStarting && (oneshot || !isAlive)) return Infinity;
  if (!isAlive) return null;
  const ends = Math.min(launchedAt, now) + (hasSign && isStarting ? LONGEST_START : SHORTEST_START);
  return ends > now ? ends : null;
}

/** When something must be decided; `starts`: what {@link startEnds} said of an observation at `seenAt`. */
export function wakeAt(
  { pausedUntil }: Watching,
  burst: Burst | null,
  debounce: number,
  starts: number | null,
  seenAt: number,
): number {
  if (burst === null) return pausedUntil ?? Infinity;
  const quiet = Math.min(burst.last + debounce, burst.first + LONGEST_BURST);
  const due = Math.max(quiet, pausedUntil ?? 0);
  return starts === null ? due : Math.max(due, Math.min(starts, seenAt + LOOK_AGAIN));
}

export type Verdict =
  /** Restart the task, or send it the signal. */
  | { kind: "act"; path: string; next: Watching }
  /** It was done too often: the watch pauses. */
  | { kind: "pause"; path: string; restarts: number; next: Watching & { pausedUntil: number } }
  /** None of the changes counts. */
  | { kind: "nothing"; next: Watching };

/** Decides on changes that have waited long enough. `changes`: those that count. */
export function judge(state: Watching, changes: readonly Change[], now: number): Verdict {
  const isAfterPause = state.pausedUntil !== null;
  const isChained = changes.every(({ isDuringStart }) => isDuringStart);
  const [cause] = changes;
  // What a task has written while it started would only begin the loop again.
  if (cause === undefined || (isAfterPause && isChained))
    return { kind: "nothing", next: { ...state, pausedUntil: null } };
  const recent = state.restarts.filter((at) => now - at < PERIOD);
  const isOnProbation = state.isOnProbation && recent.length > 0;
  const most = isOnProbation ? 1 : MOST_RESTARTS;
  const restarts = isChained ? Math.max(recent.length, state.chain) : recent.length;
  if (!isAfterPause && restarts >= most) {
    const next = { ...state, restarts: recent, pausedUntil: now + PAUSE };
    return { kind: "pause", path: cause.path, restarts, next };
  }
  const next: Watching = {
    restarts: [...recent, now],
    chain: isChained ? state.chain + 1 : 0,
    pausedUntil: null,
    isOnProbation: isAfterPause || isOnProbation,
  };
  return { kind: "act", path: cause.path, next };
}
