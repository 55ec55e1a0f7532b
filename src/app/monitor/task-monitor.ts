import type { Task } from "../../domain/config/config.ts";
import { type Failure, isFailure } from "../../domain/failure.ts";
import { thrownFailure } from "../../domain/system-error.ts";
import {
  type Effect,
  type MonitorInput,
  shifted,
  step,
  type Supervision,
} from "../../domain/tasks/supervision.ts";
import type { Context } from "../context.ts";
import { observeSettled } from "../tasks/launch.ts";
import { observe, readProcessState, type TaskSnapshot } from "../tasks/observe.ts";
import { findSession, launcherIn } from "../tasks/session.ts";
import {
  givenUp,
  inputsOf,
  isCurrent,
  isOwnedByAnotherCommand,
  LOST,
  settlesAt,
  timerOf,
  unseen,
  type Watch,
} from "./observations.ts";
import { actOnChange } from "./act-on-change.ts";
import { WatchedFiles } from "./watched-files.ts";
import { recordEnd, recordEndOfRun, recordFailure, recordHealthy } from "./record.ts";
import { relaunch } from "./relaunch.ts";
import type { SharedParts } from "./shared-parts.ts";
import { TaskChecks } from "./task-checks.ts";

/** Delay before a failed observation is repeated, ms. */
const LOOK_AGAIN = 1000;

/** Supervises one task: observe, step, perform. Its methods are called by the loop; what they begin ends with a message. */
export class TaskMonitor {
  readonly #shared: SharedParts;
  readonly #watch: Watch;
  readonly #checks: TaskChecks;
  readonly #files: WatchedFiles;
  #hasEnded = false;

  constructor(shared: SharedParts, task: Task) {
    this.#shared = shared;
    this.#watch = unseen(task);
    this.#checks = new TaskChecks(shared, this.#watch, {
      advance: (input, now) => this.#advance(input, now),
      hasEnded: () => this.#hasEnded,
      report: (failure) => this.#reportOnce(failure),
    });
    this.#files = new WatchedFiles(shared, task);
  }

  /** Switches to the task as a new config defines it. */
  adopt(task: Task): void {
    this.#watch.task = task;
    // The interval may have changed.
    this.#watch.checks.forget();
    this.#files.adopt(task);
  }

  /** The task was removed from the config, or the monitor ends: what was begun has no effect any more. */
  end(): void {
    this.#hasEnded = true;
    this.#files.end();
  }

  /** Runs `act`, which launches the task, unless the monitor is acting on it. Without its state being looked at. */
  async during(act: () => Promise<void>): Promise<void> {
    if (this.#watch.isBusy || this.#hasEnded) return;
    this.#watch.isBusy = true;
    await act().finally(() => (this.#watch.isBusy = false));
    this.#tell();
  }

  /** When the loop must call again, by its clock, even without a message. */
  deadline(): number {
    if (this.#watch.isBusy) return Infinity;
    return Math.min(this.#timer(), this.#watch.checks.deadline() ?? Infinity);
  }

  /** Handles a message about the task (`isMeant`) and due timers. */
  proceed(isMeant: boolean, now: number): void {
    if (this.#watch.isBusy) return;
    if (isMeant || this.#timer() <= now) this.#tryToLook(now);
    this.#checks.beginIfDue(now);
    if (!this.#watch.isBusy) this.#actOnChange(now);
  }

  /** The launch uses too much memory. Ignored if it is gone or was replaced. */
  exceeded(run: string, reason: string): void {
    const seen = readProcessState(this.#shared.ctx, this.#watch.task);
    if (!isCurrent(this.#watch, seen, run)) return;
    this.#advance({ kind: "exceeded", reason }, this.#shared.clock.now());
    this.#tell();
  }

  #timer(): number {
    return Math.min(timerOf(this.#watch), this.#files.deadline());
  }

  /** Reports what can't be read (too many open files, for example), and tries again soon. */
  #tryToLook(now: number): void {
    try {
      this.#look(now);
    } catch (error) {
      this.#reportOnce(thrownFailure(error));
      this.#watch.isBusy = true;
      void this.#shared.ctx.sleep(LOOK_AGAIN).then(() => {
        this.#watch.isBusy = false;
        this.#tell();
      });
    }
  }

  #look(now: number): void {
    const { ctx, listener } = this.#shared;
    const watch = this.#watch;
    listener.taskChanged?.();
    const seen = observe(ctx, watch.task);
    if (seen.memory.run !== watch.run) this.#adoptLaunch(seen, now);
    this.#files.seen(seen, now);
    if (isOwnedByAnotherCommand(watch, seen, ctx.now())) {
      watch.isBusy = true;
      void this.#settle();
      return;
    }
    watch.settlesAt = settlesAt(ctx, watch, seen, now);
    for (const input of inputsOf(watch, seen)) {
      if (input.kind === "ended")
        recordEndOfRun(ctx, watch, input.end, (error) => this.#reportOnce(thrownFailure(error)));
      this.#advance(input, now);
      if (watch.isBusy) return;
    }
    this.#checks.schedule(seen, now);
  }

  /** Takes over a launch that is new to this monitor: of another command, or watched by a monitor that died. */
  #adoptLaunch(seen: TaskSnapshot, now: number): void {
    const watch = this.#watch;
    watch.run = seen.memory.run;
    watch.checks.forget();
    watch.settlesAt = null;
    this.#files.launched(seen);
    if (seen.supervision !== null)
      watch.supervision = shifted(seen.supervision, -this.#shared.clock.toWall());
    else if (seen.memory.run !== null) this.#advance({ kind: "launched" }, now);
  }

  /**
   * Commands hold the lock during a launch or a restart. So with the lock held here, an unrecorded launch, or a stop for a
   * restart without a launch, was abandoned. A task that was stopped that way has not ended by itself.
   */
  async #settle(): Promise<void> {
    const { ctx } = this.#shared;
    const { task } = this.#watch;
    const look = ctx.lock.hold(async () => {
      const session = await findSession(ctx);
      const launcher = isFailure(session) ? null : launcherIn(ctx, session, task.name);
      return observeSettled(ctx, task, launcher);
    });
    const seen = await look.catch(thrownFailure);
    this.#watch.isBusy = false;
    if (this.#hasEnded) return;
    // The sweep tries again.
    if (isFailure(seen)) return this.#reportOnce(seen);
    this.#settled(ctx, seen);
    this.#tell();
  }

  #settled(ctx: Context, { process, want, memory, wasStopped }: TaskSnapshot): void {
    const { task, run, supervision } = this.#watch;
    if (memory.run !== run || want !== "up" || supervision.phase !== "up") return;
    const now = this.#shared.clock.now();
    if (process.kind === "pending") {
      recordEnd(ctx, task.name, LOST);
      this.#advance(givenUp("launch", LOST), now);
    } else if (process.kind === "ended" && wasStopped) {
      this.#advance(givenUp("restart", process.end), now);
    }
  }

  #advance(input: MonitorInput, now: number): void {
    const { next, effects } = step(this.#watch.task, this.#watch.supervision, input, now);
    const isRestarted = effects.some(({ kind }) => kind === "restart");
    // A restart is counted when its launch is recorded: if this process dies before, there was none.
    if (isRestarted) this.#watch.supervision = next;
    else this.#keep(next);
    for (const effect of effects) this.#perform(effect);
  }

  #keep(next: Supervision): void {
    const { task, run, supervision: before } = this.#watch;
    this.#watch.supervision = next;
    if (JSON.stringify(next) === JSON.stringify(before) || run === null) return;
    try {
      const supervision = this.#toRecord(next);
      this.#shared.ctx.state.task(task.name).recordSupervision({ runs: [run], supervision });
      this.#watch.reported = null;
    } catch (error) {
      this.#reportOnce(thrownFailure(error));
    }
  }

  /** A full disk is no reason to leave a task down: reports once what can't be recorded, and continues. */
  #reportOnce({ message }: Failure): void {
    if (this.#watch.reported === message) return;
    this.#watch.reported = message;
    this.#shared.ctx.onNotice?.(`Task '${this.#watch.task.name}': ${message}`);
  }

  #perform(effect: Effect): void {
    const { ctx } = this.#shared;
    const { name: task } = this.#watch.task;
    switch (effect.kind) {
      case "check_failed":
        return recordFailure(ctx, task, effect);
      case "became_healthy":
        // Its dependents may wait for it.
        this.#tell();
        return recordHealthy(ctx, this.#watch);
      case "gave_up":
        return ctx.record({ event: "max_restarts_reached", task, restarts: effect.restarts });
      case "restart":
        this.#watch.isBusy = true;
        void this.#restart(effect);
    }
  }

  async #restart({ reason, attempt }: Effect & { kind: "restart" }): Promise<void> {
    const { session } = this.#shared;
    const watch = this.#watch;
    const tell = () =>
      this.#shared.ctx.record({ event: "auto_restart", task: watch.task.name, reason, attempt });
    await session.checkBeforeRestart(watch.task.name);
    const failure = await relaunch(
      this.#shared.ctx,
      this.#shared.view,
      watch.task,
      watch.run,
      this.#toRecord(watch.supervision),
      { onRestart: tell },
    ).catch(thrownFailure);
    watch.isBusy = false;
    if (this.#hasEnded) return;
    session.launched(failure === null);
    if (failure !== null) this.#tryAgain(failure);
    this.#tell();
  }

  /** Does what the config says about watched files that have changed. */
  #actOnChange(now: number): void {
    const path = this.#files.take(now);
    if (path === null) return;
    const { ctx, session } = this.#shared;
    this.#watch.isBusy = true;
    const act = async (): Promise<void> => {
      await session.checkBeforeRestart(this.#watch.task.name);
      const failure = await actOnChange(this.#shared, this.#watch, this.#files, path);
      session.launched(failure === null);
      if (failure === null) return;
      const { name: task } = this.#watch.task;
      ctx.record({ event: "auto_restart_failed", task, reason: failure.message });
    };
    void act()
      .catch((error) => this.#reportOnce(thrownFailure(error)))
      .finally(() => {
        this.#watch.isBusy = false;
        if (!this.#hasEnded) this.#tell();
      });
  }

  /** A failed restart counts as one; the next follows after its pause. */
  #tryAgain({ message: reason }: Failure): void {
    const { ctx, clock } = this.#shared;
    ctx.record({ event: "auto_restart_failed", task: this.#watch.task.name, reason });
    this.#advance({ kind: "ended", end: { kind: "lost" }, reason }, clock.now());
  }

  #toRecord(supervision: Supervision): Supervision {
    return shifted(supervision, this.#shared.clock.toWall());
  }

  #tell(): void {
    this.#shared.mail.tell(this.#watch.task.name);
  }
}
