import type { FileWatch } from "../../adapters/watch/watch.ts";
import type { WatchRecord } from "../../adapters/state/task-watch.ts";
import type { Task } from "../../domain/config/config.ts";
import type { Failure } from "../../domain/failure.ts";
import { refusedBySystem, thrownFailure } from "../../domain/system-error.ts";
import {
  type Burst,
  type Change,
  judge,
  startEnds,
  UNCHANGED,
  wakeAt,
} from "../../domain/watch/watching.ts";
import { hasCheck, type TaskSnapshot } from "../tasks/observe.ts";
import type { SharedParts } from "./shared-parts.ts";

/** Most changed paths that are remembered; of a larger burst, more say nothing new. */
const MOST_CHANGES = 10_000;

/** A change is reported within this time, ms, on a busy machine too. */
const LATE = 250;

/** Most files whose contents are compared after a start. */
const MOST_COMPARED = 50;

/**
 * The watched files of one task. It collects changes, and says when they have been quiet long enough to act on them. Without
 * changes it has no timer.
 */
export class WatchedFiles {
  readonly #shared: SharedParts;
  #task: Task;
  #watch: FileWatch | null = null;
  #isOpening = false;
  /** Why files can't be watched; null while they are, or needn't be. */
  #failure: Failure | null = null;
  #changes = new Map<string, Change & { isContent: boolean }>();
  #burst: Burst | null = null;
  #watching = UNCHANGED;
  /** Until when the task counts as being started, as far as known. */
  #starts: number | null = null;
  /** When that was observed. */
  #seenAt = 0;
  /** Until when changes may be reported that came during the last start. */
  #lateUntil = 0;
  /** What the files that changed during a start contained after it, by path. */
  readonly #written = new Map<string, string>();
  /** The launch that this watch has caused. */
  #ownRun: string | null = null;
  /** Watches that were ended report nothing more. */
  #generation = 0;

  constructor(shared: SharedParts, task: Task) {
    this.#shared = shared;
    this.#task = task;
  }

  /** Switches to the task as a new config defines it: other globs have effect at once. */
  adopt(task: Task): void {
    const isSame = watchedBy(this.#task) === watchedBy(task);
    this.#task = task;
    if (isSame) return;
    const wasOpen = this.#isOpening || this.#watch !== null || this.#failure !== null;
    this.end();
    if (wasOpen) this.#open();
  }

  end(): void {
    this.#generation++;
    this.#watch?.end();
    this.#watch = null;
    this.#isOpening = false;
    this.#failure = null;
    this.#forget();
  }

  /** An observation of the task: files are watched while it is wanted. */
  seen(seen: TaskSnapshot, now: number): void {
    if (this.#task.watch.length === 0) return;
    if (seen.want === "down") {
      if (this.#isOpening || this.#watch !== null || this.#failure !== null) this.end();
      this.#watching = UNCHANGED;
      return;
    }
    const { process, memory, state } = seen;
    const isStarting = state === "starting" || state === "stopping";
    const launch = {
      isStarting,
      oneshot: this.#task.oneshot,
      hasSign: hasCheck(this.#task) || this.#task.ready_log !== null,
      isAlive: process.kind === "alive",
      launchedAt: (memory.launchedAt ?? 0) - this.#shared.clock.toWall(),
    };
    const starts = startEnds(launch, now);
    if (this.#starts !== null && starts === null) this.#lateUntil = now + LATE;
    this.#starts = starts;
    this.#seenAt = now;
    if (!this.#isOpening && this.#watch === null && this.#failure === null) this.#open();
  }

  /** A launch that the monitor did not know. Another command's makes earlier changes, counts and a pause void. */
  launched({ memory, supervision }: TaskSnapshot): void {
    if (memory.run === null || memory.run === this.#ownRun) return;
    const at = (memory.launchedAt ?? 0) - this.#shared.clock.toWall();
    for (const [path, change] of this.#changes) if (change.at < at) this.#changes.delete(path);
    if (this.#changes.size === 0) this.#burst = null;
    if (supervision !== null) return;
    if (this.#watching.pausedUntil !== null) this.#record("on");
    this.#watching = UNCHANGED;
    // It may be possible by now.
    this.#failure = null;
  }

  /** This watch has launched the task. */
  launchedAs(run: string | null): void {
    this.#ownRun = run;
  }

  /** The task was stopped, and is launched now: that reads all changes so far. */
  launching(): void {
    this.#forget();
    this.#starts = Infinity;
  }

  /** When the task must be observed, and then {@link take} be called. */
  deadline(): number {
    if (this.#watch === null) return Infinity;
    const { watch_debounce: debounce } = this.#task;
    return wakeAt(this.#watching, this.#burst, debounce, this.#starts, this.#seenAt);
  }

  /** The path for whose change something must be done now; null if nothing must. */
  take(now: number): string | null {
    if (this.deadline() > now) return null;
    if (this.#burst !== null && this.#starts !== null) return null;
    const wasPaused = this.#watching.pausedUntil !== null;
    const counting = this.#counting();
    this.#forget();
    const verdict = judge(this.#watching, counting, now);
    this.#watching = verdict.next;
    if (verdict.kind === "pause") {
      for (const change of counting) if (!change.isDuringStart) this.#keep(change);
      this.#paused(verdict.path, verdict.restarts, verdict.next.pausedUntil);
    } else if (wasPaused) this.#record("on");
    return verdict.kind === "act" ? verdict.path : null;
  }

  #open(): void {
    const generation = ++this.#generation;
    this.#isOpening = true;
    const isCurrent = () => generation === this.#generation;
    const listener = {
      onChange: (path: string, isContent: boolean) => {
        if (isCurrent()) this.#changed(path, isContent);
      },
      onReady: () => {
        if (isCurrent()) this.#ready();
      },
      onRefused: (failure: Failure) => {
        if (isCurrent()) this.#refused(failure);
      },
    };
    const { ctx, mail } = this.#shared;
    const { cwd, watch } = this.#task;
    const opening = ctx.watchFiles(cwd ?? ctx.project.directory, watch, listener);
    opening.then(
      (opened) => {
        if (!isCurrent()) return opened.end();
        this.#isOpening = false;
        if (this.#failure !== null) return;
        this.#watch = opened;
        mail.wake();
      },
      (error: unknown) => isCurrent() && this.#refused(thrownFailure(error)),
    );
  }

  #ready(): void {
    const isPaused = this.#watching.pausedUntil !== null;
    if (!isPaused) this.#record("on");
  }

  #changed(path: string, isContent: boolean): void {
    const { clock, mail } = this.#shared;
    const now = clock.now();
    const before = this.#burst;
    const known = this.#changes.get(path);
    const isDuringStart = now < Math.max(this.#starts ?? 0, this.#lateUntil);
    this.#keep({
      path,
      at: now,
      isDuringStart: isDuringStart && known?.isDuringStart !== false,
      isContent: isContent && known?.isContent !== false,
    });
    // The loop sleeps until a deadline that it knows: a later one needs no message.
    if (before === null) mail.wake();
  }

  #keep(change: Change & { isContent: boolean }): void {
    const { path, at } = change;
    this.#burst = { first: this.#burst?.first ?? at, last: at };
    if (this.#changes.size < MOST_CHANGES || this.#changes.has(path))
      this.#changes.set(path, change);
  }

  #forget(): void {
    this.#changes.clear();
    this.#burst = null;
  }

  /** The changes that count: all that came during a start, and of the others the first, which decides. */
  #counting(): (Change & { isContent: boolean })[] {
    let isDecided = false;
    return [...this.#changes.values()].filter((change) => {
      if (!change.isDuringStart && isDecided) return false;
      const counts = this.#counts(change);
      isDecided ||= counts && !change.isDuringStart;
      return counts;
    });
  }

  /**
   * Whether a change is one. A task that writes the same into the same file at each start has changed nothing; so only what
   * is new after a start counts.
   */
  #counts({ path, isDuringStart, isContent }: Change & { isContent: boolean }): boolean {
    if (isContent && this.#watch?.hasOnlyNewAttributes(path)) return false;
    const before = this.#written.get(path);
    if (!isDuringStart && before === undefined) return true;
    if (before === undefined && this.#written.size >= MOST_COMPARED) return true;
    const now = this.#watch?.fingerprint(path) ?? null;
    if (now === null || now === before) return now === null;
    this.#written.set(path, now);
    return true;
  }

  #paused(path: string, restarts: number, pausedUntil: number): void {
    const { ctx, clock } = this.#shared;
    const until = pausedUntil + clock.toWall();
    const task = this.#task.name;
    const end = new Date(until).toISOString();
    ctx.record({ event: "watch_paused", task, restarts, path, until: end });
    this.#record("paused", `${restarts} restarts in a row, the last for ${path}`, until);
  }

  #refused(failure: Failure): void {
    const { ctx } = this.#shared;
    const { code, message, hint } = failure;
    this.#watch?.end();
    this.#watch = null;
    this.#isOpening = false;
    this.#failure = failure;
    const reason = `${code}: ${message}`;
    ctx.record({ event: "watch_failed", task: this.#task.name, reason });
    if (hint !== undefined) ctx.onNotice?.(hint);
    this.#record("failed", hint === undefined ? reason : `${reason}. ${hint}`);
  }

  #record(state: WatchRecord["state"], reason: string | null = null, until: number | null = null) {
    const { ctx } = this.#shared;
    try {
      ctx.state.task(this.#task.name).watch.write({ pid: ctx.pid, state, reason, until });
    } catch (error) {
      // A full disk: the watch works without its record.
      if (refusedBySystem(error) === null) throw error;
    }
  }
}

const watchedBy = ({ watch, cwd }: Task): string => JSON.stringify([watch, cwd]);
