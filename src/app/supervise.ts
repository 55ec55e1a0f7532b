import type { HealthRecord } from "../adapters/run-state.ts";
import type { Task } from "../domain/config.ts";
import { type Failure, isFailure, thrownFailure } from "../domain/failure.ts";
import { describeEnd, type End } from "../domain/lifecycle.ts";
import { type Effect, type Sight, step, type Supervision, wakeAt } from "../domain/supervision.ts";
import { checkHealth } from "./check-health.ts";
import type { Context } from "./context.ts";
import { observeSettled } from "./launch.ts";
import { relaunch } from "./relaunch.ts";
import { paneOf } from "./session.ts";
import { SessionPresence } from "./session-presence.ts";
import { settledAt } from "./readiness.ts";
import { exitOf } from "./status.ts";
import { glance, type Glimpse, hasCheck, observe, type Seen } from "./observe.ts";

/** What comes to the loop: something about one task, or about any. */
type Message = { task: string } | { task: null };

/** A launcher answers in a few ms: who has waited for it longer, ms, may have died before it told it. */
const UNTOLD = 2000;

/** If a notice got lost, an end is found by the sweep, ms. */
const SWEEP = 5000;

/** Checks that are due within so many ms of each other begin together: waking up for each costs more than the check. */
const CHECKS_TOGETHER = 25;

const together = (due: number): number => Math.ceil(due / CHECKS_TOGETHER) * CHECKS_TOGETHER;

/** What the loop keeps of a task between two looks. */
interface Watch {
  task: Task;
  run: string | null;
  supervision: Supervision;
  /** A restart of it is under way: the next look waits for its end. */
  isBusy: boolean;
  /** Never two checks of one task at a time. */
  isChecking: boolean;
  /** Epoch ms; null: no check is due before the process is seen alive. */
  nextCheck: number | null;
  /** Epoch ms; when a process that was just launched counts as running. */
  settlesAt: number | null;
  /** What could not be put on record, as it was said last. */
  fault: string | null;
}

const unseen = (task: Task): Watch => ({
  task,
  run: null,
  supervision: { count: 0, last: null, phase: "idle" },
  isBusy: false,
  isChecking: false,
  nextCheck: null,
  settlesAt: null,
  fault: null,
});

/** Is told what the loop does, where someone shows it. */
export interface SuperviseTeller {
  /** Something about a task may have changed. */
  looked?(): void;
  /** A health check has ended. */
  checked?(): void;
}

/**
 * Watches the session's tasks: observe, step, perform. One loop owns all that it knows; what happens elsewhere (a
 * launcher's notice, the end of a check, a timer) comes to it as a message.
 */
export class Supervisor {
  readonly #watches = new Map<string, Watch>();
  readonly #messages: Message[] = [{ task: null }];
  #wake: () => void = () => {};
  #hasEnded = false;
  readonly #session: SessionPresence;

  constructor(
    private ctx: Context,
    private readonly teller: SuperviseTeller = {},
  ) {
    this.#session = new SessionPresence(
      () => this.ctx,
      () => this.#tell({ task: null }),
    );
    this.adopt(ctx);
  }

  /** Watches until the signal is aborted. */
  async watch(signal: AbortSignal): Promise<void> {
    // So that the first restart finds most of the processes looked at.
    this.ctx.scan.lookAhead();
    const stopWatching = this.ctx.watchNews((task) => this.#tell({ task }));
    signal.addEventListener("abort", () => this.#end(), { once: true });
    if (signal.aborted) this.#end();
    try {
      await this.#run();
    } finally {
      stopWatching();
    }
  }

  /** From now on the tasks are those of this context's config, of the same session. What is known of them stays. */
  adopt(ctx: Context): void {
    this.ctx = ctx;
    const tasks = new Map(ctx.project.config.tasks.map((task) => [task.name, task]));
    for (const name of this.#watches.keys()) if (!tasks.has(name)) this.#watches.delete(name);
    for (const task of tasks.values()) {
      const watch = this.#watches.get(task.name);
      // Its interval may be another now.
      if (watch) Object.assign(watch, { task, nextCheck: null });
      else this.#watches.set(task.name, unseen(task));
    }
    this.#tell({ task: null });
  }

  #tell(message: Message): void {
    this.#messages.push(message);
    this.#wake();
  }

  #end(): void {
    this.#hasEnded = true;
    this.#session.end();
    this.#wake();
  }

  async #run(): Promise<void> {
    let sweepAt = 0;
    while (!this.#hasEnded) {
      const now = this.ctx.now();
      if (now >= sweepAt) {
        void this.#sweep();
        sweepAt = now + SWEEP;
      }
      this.#lookAround(now);
      await this.#sleepUntil(Math.min(sweepAt, ...this.#deadlines()));
    }
  }

  async #sweep(): Promise<void> {
    await this.#session.sweep();
    this.#tell({ task: null });
  }

  /** Handles what came, and what is due. */
  #lookAround(now: number): void {
    const told = new Set(this.#messages.splice(0).map(({ task }) => task));
    for (const watch of this.#watches.values()) {
      if (watch.isBusy) continue;
      const isTold = told.has(null) || told.has(watch.task.name);
      const due = Math.min(wakeAt(watch.supervision) ?? Infinity, watch.settlesAt ?? Infinity);
      if (isTold || due <= now) this.#look(watch, now);
      this.#checkIfDue(watch, now);
    }
  }

  *#deadlines(): Generator<number> {
    for (const watch of this.#watches.values()) {
      const wake = watch.isBusy ? null : wakeAt(watch.supervision);
      if (wake !== null) yield wake;
      if (!watch.isBusy && watch.settlesAt !== null) yield watch.settlesAt;
      // One that is under way is followed by the next at its end.
      const isWaiting = watch.isBusy || watch.isChecking;
      if (!isWaiting && watch.nextCheck !== null) yield watch.nextCheck;
    }
  }

  async #sleepUntil(deadline: number): Promise<void> {
    if (this.#messages.length > 0 || this.#hasEnded) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, Math.max(0, deadline - this.ctx.now()));
    this.#wake = resolve;
    await promise;
    this.#wake = () => {};
    clearTimeout(timer);
  }

  #look(watch: Watch, now: number): void {
    this.teller.looked?.();
    const seen = observe(this.ctx, watch.task);
    if (seen.memory.run !== watch.run) this.#adopt(watch, seen, now);
    if (isLeftToOthers(watch, seen, now)) {
      watch.isBusy = true;
      void this.#settle(watch);
      return;
    }
    watch.settlesAt = this.#settlesAt(watch, seen, now);
    for (const sight of sights(watch, seen)) {
      if (sight.kind === "ended") this.#recordEnd(watch.task.name, sight.end);
      this.#advance(watch, sight, now);
      if (watch.isBusy) return;
    }
    this.#schedule(watch, seen, now);
  }

  /** A launch that this loop hasn't seen: another command's, or, after a monitor has died, a watched one. */
  #adopt(watch: Watch, seen: Seen, now: number): void {
    watch.run = seen.memory.run;
    watch.nextCheck = null;
    if (seen.supervision !== null) watch.supervision = seen.supervision;
    else if (seen.memory.run !== null) this.#advance(watch, { kind: "launched" }, now);
  }

  /** As `start` has it: that it lives says nothing in its first moment. Null: it has settled, or that isn't what counts. */
  #settlesAt({ task, supervision }: Watch, { health, process }: Seen, now: number): number | null {
    const isNew = supervision.phase === "up" && supervision.healthySince === null;
    if (!isNew || health !== "none" || process.kind !== "alive" || task.oneshot) return null;
    const at = settledAt(this.ctx, task);
    return at > now ? at : null;
  }

  /**
   * Whoever launches or restarts holds the lock until it is done: with the lock ours, a launch that isn't on record, or a
   * stop that no launch has followed, was given up. What was stopped so has not ended by itself.
   */
  async #settle(watch: Watch): Promise<void> {
    const { ctx } = this;
    const { name } = watch.task;
    const look = ctx.lock.hold(async () => {
      const session = await ctx.tmux.findSession(ctx.project.session);
      return observeSettled(ctx, watch.task, isFailure(session) ? null : paneOf(session, name));
    });
    const seen = await look.catch(thrownFailure);
    watch.isBusy = false;
    if (!this.#isWatched(watch)) return;
    // The sweep looks again.
    if (isFailure(seen)) return this.#complain(watch, seen);
    const { process, want, memory } = seen;
    if (memory.run === watch.run && want === "up" && watch.supervision.phase === "up") {
      if (process.kind === "pending") {
        this.#recordEnd(name, lost);
        this.#advance(watch, givenUp("launch", lost), ctx.now());
      } else if (process.kind === "ended" && seen.wasStopped) {
        this.#advance(watch, givenUp("restart", process.end), ctx.now());
      }
    }
    this.#tell({ task: name });
  }

  #advance(watch: Watch, sight: Sight, now: number): void {
    const { next, effects } = step(watch.task, watch.supervision, sight, now);
    const isRestarted = effects.some(({ kind }) => kind === "restart");
    // A restart puts its count on record with the launch: one that we die before was none.
    if (isRestarted) watch.supervision = next;
    else this.#keep(watch, next);
    for (const effect of effects) this.#perform(watch, effect);
  }

  #keep(watch: Watch, next: Supervision): void {
    const isSame = JSON.stringify(next) === JSON.stringify(watch.supervision);
    watch.supervision = next;
    if (isSame || watch.run === null) return;
    try {
      this.ctx.state.recordSupervision(watch.task.name, { runs: [watch.run], supervision: next });
      watch.fault = null;
    } catch (error) {
      this.#complain(watch, thrownFailure(error));
    }
  }

  /** A full disk is no reason to leave a task down: what can't be put on record is said, once, and the loop goes on. */
  #complain(watch: Watch, { message }: Failure): void {
    if (watch.fault === message) return;
    watch.fault = message;
    this.ctx.onNotice?.(`Task '${watch.task.name}': ${message}`);
  }

  #perform(watch: Watch, effect: Effect): void {
    const { name: task } = watch.task;
    switch (effect.kind) {
      case "check_failed":
        return this.ctx.record({
          event: "health_check_failed",
          task,
          attempt: effect.attempt,
          reason: effect.reason,
        });
      case "became_healthy": {
        const { launchedAt } = this.ctx.state.memory(task);
        const after_ms = Math.max(0, this.ctx.now() - (launchedAt ?? this.ctx.now()));
        return this.ctx.record({ event: "task_healthy", task, after_ms });
      }
      case "gave_up":
        return this.ctx.record({ event: "max_restarts_reached", task, restarts: effect.restarts });
      case "restart":
        watch.isBusy = true;
        void this.#restart(watch, effect);
    }
  }

  async #restart(watch: Watch, { reason, attempt }: Effect & { kind: "restart" }): Promise<void> {
    const { name: task } = watch.task;
    const tell = () => this.ctx.record({ event: "auto_restart", task, reason, attempt });
    await this.#session.askUnheard();
    const failure = await relaunch(this.ctx, watch.task, watch.run, watch.supervision, tell).catch(
      thrownFailure,
    );
    watch.isBusy = false;
    if (!this.#isWatched(watch)) return;
    this.#session.launched(failure === null);
    if (failure !== null) this.#tryAgain(watch, failure);
    this.#tell({ task });
  }

  /** A restart that came to nothing counts as one, and the next comes after its wait. */
  #tryAgain(watch: Watch, failure: Failure): void {
    const reason = failure.message;
    this.ctx.record({ event: "auto_restart_failed", task: watch.task.name, reason });
    this.#advance(watch, { kind: "ended", end: { kind: "lost" }, reason }, this.ctx.now());
  }

  #recordEnd(task: string, end: End): void {
    const { exit_code, exit_signal: signal } = exitOf(end);
    this.ctx.record({ event: "task_exited", task, exit_code, signal });
  }

  /** A check that passes is not all where a line of the log is waited for too. */
  #checkSight(task: Task, { run, ok, reason }: HealthRecord): Sight {
    if (!ok) return { kind: "failed", reason: reason ?? "failed" };
    const isReady = task.ready_log === null || this.ctx.state.isReadyByLog(task.name, run);
    return isReady ? { kind: "passed" } : { kind: "tick" };
  }

  /** When a task's check is due; never where there is nothing to check. */
  #schedule(watch: Watch, seen: Glimpse, now: number): void {
    const isChecked =
      hasCheck(watch.task) && seen.process.kind === "alive" && watch.supervision.phase === "up";
    const first = (seen.memory.launchedAt ?? now) + watch.task.health_interval * 1000;
    watch.nextCheck = isChecked ? (watch.nextCheck ?? together(Math.max(now, first))) : null;
  }

  /** A check needs no look before it: an end is told when it comes. */
  #checkIfDue(watch: Watch, now: number): void {
    if (watch.isBusy || watch.isChecking || watch.run === null) return;
    if (watch.nextCheck === null || now < watch.nextCheck) return;
    watch.nextCheck = together(now + watch.task.health_interval * 1000);
    watch.isChecking = true;
    void this.#check(watch, watch.run);
  }

  async #check(watch: Watch, run: string): Promise<void> {
    const health = await checkHealth(this.ctx, watch.task, run).catch(thrownFailure);
    watch.isChecking = false;
    if (isFailure(health)) {
      this.#complain(watch, health);
      return this.#wake();
    }
    if (!this.#isWatched(watch)) return;
    const seen = glance(this.ctx, watch.task);
    // Of a process that is gone, or that another took the place of, it says nothing.
    const isStill = seen.memory.run === run && watch.run === run && seen.process.kind === "alive";
    if (health !== null && isStill && !watch.isBusy && seen.want === "up") {
      this.#advance(watch, this.#checkSight(watch.task, health), this.ctx.now());
      this.#schedule(watch, seen, this.ctx.now());
    }
    this.teller.checked?.();
    this.#wake();
  }

  /** The config may have lost a task since. */
  #isWatched(watch: Watch): boolean {
    return this.#watches.get(watch.task.name) === watch;
  }
}

const lost: End = { kind: "lost" };

const givenUp = (what: string, end: End): Sight => ({
  kind: "ended",
  end,
  reason: `its ${what} was given up`,
});

/** Another command has begun something about a task, and not done it: it may yet, or have died. */
function isLeftToOthers({ supervision }: Watch, seen: Seen, now: number): boolean {
  const { process, want, wasStopped, memory } = seen;
  if (process.kind === "pending") return now - (memory.launchedAt ?? now) > UNTOLD;
  return process.kind === "ended" && want === "up" && wasStopped && supervision.phase === "up";
}

/** What a look shows that the loop doesn't know yet. */
function* sights({ supervision, task, settlesAt }: Watch, seen: Seen): Generator<Sight> {
  if (seen.want === "down") {
    if (supervision.phase !== "idle") yield { kind: "stopped" };
    return;
  }
  const { process } = seen;
  if (process.kind === "ended" && supervision.phase === "up") {
    yield { kind: "ended", end: process.end, reason: describeEnd(process.end) };
  } else if (seen.state === "running" && supervision.phase === "up" && !hasCheck(task)) {
    if (supervision.healthySince === null && settlesAt === null) yield { kind: "passed" };
  }
  yield { kind: "tick" };
}
