import type { Task } from "../../domain/config/config.ts";
import { Failure, isFailure } from "../../domain/failure.ts";
import { thrownFailure } from "../../domain/system-error.ts";
import type { Context } from "../context.ts";
import { hasCheck } from "./observe.ts";
import { type Launched, launchTask, staysAsItIs } from "./launch.ts";
import type { LaunchPlan } from "./task-launch.ts";
import { recordDetached } from "./left-behind.ts";
import { Looks } from "./looks.ts";
import { settle, waitsFor, whyHint } from "./readiness.ts";
import { refuse } from "./refusal.ts";
import type { SessionView } from "./session-view.ts";
import { endAct } from "./try-to-record.ts";
import { leave, markWaiting } from "./waiting.ts";
import { failureOf, HEALTHY, lateFailure, TaskWait } from "./task-wait.ts";

/** The result for a task of a start. */
export type StartOutcome =
  Launched | ({ kind: "skipped" } & Skip) | { kind: "failed"; failure: Failure };

/** Why a task was not launched: a short sentence, and the task that caused it, with its failure. */
export interface Skip {
  reason: string;
  root: string;
  failure: Failure;
}

/** Which tasks to start, and how. */
export interface StartOptions {
  /** In the order of the config; includes each task's dependencies, except those that are not waited for. */
  tasks: Task[];
  /** Tasks that the user named: jobs among them run again. */
  named: ReadonlySet<string>;
  event: "task_started" | "task_restarted";
  forcePort: boolean;
  /** Plans that were already made and checked, by task. */
  plans?: ReadonlyMap<string, LaunchPlan>;
}

/** A launched task of a start, and its readiness. */
interface Launch {
  wait: TaskWait;
  /** When it was launched, or found running; epoch ms. */
  since: number;
  /** Its wait has been reported. */
  isAnnounced: boolean;
  isReady: boolean;
}

/** The wait for a task that was already running is reported only after this time, ms. */
const QUIET_PERIOD = 500;

/**
 * A start: launches each task as soon as its own dependencies are ready, all at the same observation. The lock is held
 * during each launch, but not while waiting for readiness, so that a `stop` of another command can proceed.
 */
export class StartRun {
  readonly looks: Looks;
  readonly #outcomes = new Map<string, StartOutcome>();
  readonly #underWay = new Map<string, Promise<StartOutcome>>();
  readonly #launches = new Map<string, Launch>();
  /** Launched tasks that can't become ready any more, or did not in time. */
  readonly #failures = new Map<string, Failure>();
  readonly #byName: ReadonlyMap<string, Task>;
  #abandoned: Skip | null = null;
  readonly #ctx: Context;
  readonly #view: SessionView;
  readonly #options: StartOptions;

  constructor(ctx: Context, view: SessionView, options: StartOptions) {
    this.#ctx = ctx;
    this.#view = view;
    this.#options = options;
    this.looks = new Looks(ctx);
    this.#byName = new Map(options.tasks.map((task) => [task.name, task]));
  }

  /** Begins all launches. While tmux opens the window of the first, and starts a server for it, the others are prepared. */
  async begin(): Promise<void> {
    for (const task of this.#options.tasks) {
      const thrown = (error: unknown) => this.#thrown(task, error);
      const done = (found: StartOutcome): StartOutcome => {
        this.#outcomes.set(task.name, found);
        this.looks.soon();
        return found;
      };
      this.#underWay.set(task.name, this.#bringUp(task).catch(thrown).then(done));
      if (this.#underWay.size === 1) await new Promise((next) => setImmediate(next));
    }
  }

  outcome(task: Task): Promise<StartOutcome> {
    return this.#underWay.get(task.name)!;
  }

  /** The result for a task; undefined while it is open. */
  outcomeNow(task: Task): StartOutcome | undefined {
    return this.#outcomes.get(task.name);
  }

  /** Tasks that were launched and waited for, but are not ready. */
  get failures(): ReadonlyMap<string, Failure> {
    return this.#failures;
  }

  /** Launches nothing more; launches in progress are completed. */
  abandon(skip: Skip): void {
    this.#abandoned ??= skip;
    this.looks.soon();
  }

  /** The failure of a task that isn't healthy after `timeout` seconds. */
  late(task: Task, timeout: number): Failure {
    const wait = this.#launches.get(task.name)?.wait;
    if (wait) return lateFailure([wait], timeout);
    const why = task.depends_on.length > 0 ? `: it depends on ${task.depends_on.join(", ")}` : "";
    const sentence = `Task '${task.name}' has not been launched${why} (waited ${timeout} s)`;
    return new Failure("E214", sentence, whyHint(task.name));
  }

  /** Checks whether a launched task is ready: null if it is, why it can't be any more, or "waits". */
  look(task: Task): Failure | null | "waits" {
    const failed = this.#failures.get(task.name);
    if (failed) return failed;
    const launch = this.#launchOf(task);
    const found = failureOf(
      task,
      this.looks.once(task.name, () => launch.wait.look()),
    );
    if (isFailure(found)) {
      if (found.code === "E217") recordDetached(this.#ctx, task, launch.wait.left);
      this.#fail(task, found);
    } else if (found === null) this.#tellReady(task, launch);
    else this.#tellWaiting(task, launch);
    return found;
  }

  #launchOf(task: Task): Launch {
    const known = this.#launches.get(task.name);
    if (known) return known;
    const wait = new TaskWait(this.#ctx, task, HEALTHY);
    const launch = { wait, since: this.#ctx.monotonic(), isAnnounced: false, isReady: false };
    this.#launches.set(task.name, launch);
    return launch;
  }

  async #bringUp(task: Task): Promise<StartOutcome> {
    const dependencies = task.depends_on.flatMap((name) => this.#byName.get(name) ?? []);
    let isWaiting = dependencies.length > 0 && !staysAsItIs(this.#ctx, task, this.#isNamed(task));
    for (;;) {
      const skip = isWaiting ? await this.#untilReady(dependencies) : this.#abandoned;
      if (skip) return this.#skip(task, skip);
      const launched = await this.#launch(task, dependencies);
      if (launched !== "held back") return launched;
      isWaiting = true;
    }
  }

  /** Null when all are ready at the same observation; or as soon as that can't happen any more, why. */
  async #untilReady(dependencies: Task[]): Promise<Skip | null> {
    for (;;) {
      if (this.#abandoned) return this.#abandoned;
      const found = dependencies.map((task) => this.#readinessOf(task));
      const skip = found.find((one) => one !== null && one !== "waits");
      if (skip) return skip;
      if (!found.includes("waits")) return null;
      await this.looks.next();
    }
  }

  /** The readiness for its dependents, which give up after its `start_timeout`. */
  #readinessOf(task: Task): Skip | null | "waits" {
    const outcome = this.#outcomes.get(task.name);
    if (outcome === undefined) return "waits";
    if (outcome.kind === "failed") return skipFor(task.name, outcome.failure);
    if (outcome.kind === "skipped") return skipAfter(task.name, outcome);
    const found = this.look(task);
    if (isFailure(found)) return skipFor(task.name, found);
    const { since, wait } = this.#launchOf(task);
    if (found === null || this.#ctx.monotonic() < since + task.start_timeout * 1000) return found;
    const late = lateFailure([wait], task.start_timeout);
    this.#fail(task, late);
    return skipFor(task.name, late);
  }

  async #launch(task: Task, dependencies: Task[]): Promise<StartOutcome | "held back"> {
    const ctx = this.#ctx;
    const options = this.#options;
    const mayLaunch = () => dependencies.every((one) => this.#isReadyNow(one));
    const launched = await ctx.lock.hold(async () => {
      // A `stop` during the wait for dependencies wins: it is the user's newest command.
      if (dependencies.length > 0 && ctx.state.task(task.name).memory().want === "down") {
        return stoppedByAnother(task);
      }
      const again = this.#isNamed(task);
      const plan = options.plans?.get(task.name) ?? null;
      const launchOptions = { again, forcePort: options.forcePort, mayLaunch, plan };
      const found = await launchTask(ctx, this.#view, task, launchOptions);
      if (isFailure(found)) refuse(ctx, task, found);
      if (found === "held back") markWaiting(ctx, task);
      return found;
    });
    if (launched === "held back") return launched;
    if (isFailure(launched)) return this.#failed(task, launched);
    if (launched.kind !== "started") return launched;
    ctx.report({ kind: "launched", task: task.name, pid: launched.pid });
    ctx.record({ event: options.event, task: task.name, pid: launched.pid });
    return launched;
  }

  #isNamed = ({ name }: Task): boolean => this.#options.named.has(name);

  /** Checks again, not with the last observation. */
  #isReadyNow(task: Task): boolean {
    this.looks.forget(task.name);
    return this.#readinessOf(task) === null;
  }

  async #skip(task: Task, skip: Skip): Promise<StartOutcome> {
    const ctx = this.#ctx;
    await ctx.lock.hold(async () => {
      // A `stop` during the wait wins, and so does another command's launch.
      const { want, run } = ctx.state.task(task.name).memory();
      if (want !== "up" || run !== null) return;
      leave(ctx, task, skip.reason);
    });
    ctx.report({ kind: "skipped", task: task.name, reason: skip.reason });
    return { kind: "skipped", ...skip };
  }

  /** This process may run for long, so its act must end. */
  async #thrown(task: Task, error: unknown): Promise<StartOutcome> {
    const ctx = this.#ctx;
    await ctx.lock.hold(async () => endAct(ctx, task.name)).catch(() => {});
    return this.#failed(task, thrownFailure(error));
  }

  #fail(task: Task, failure: Failure): void {
    this.#failures.set(task.name, failure);
    this.#failed(task, failure);
  }

  #failed(task: Task, failure: Failure): StartOutcome {
    this.#ctx.report({ kind: "failed", task: task.name, reason: failure.message });
    return { kind: "failed", failure };
  }

  #tellWaiting(task: Task, launch: Launch): void {
    const isOurs = this.#outcomes.get(task.name)?.kind === "started";
    const isDue = isOurs ? takesTime(task) : this.#ctx.monotonic() - launch.since > QUIET_PERIOD;
    if (launch.isAnnounced || !isDue) return;
    launch.isAnnounced = true;
    this.#ctx.report({ kind: "waiting", task: task.name, reason: waitsFor(this.#ctx, task) });
  }

  #tellReady(task: Task, launch: Launch): void {
    const after = this.#ctx.monotonic() - launch.since;
    if (launch.isAnnounced && !launch.isReady)
      this.#ctx.report({ kind: "ready", task: task.name, after });
    launch.isReady = true;
  }
}

const takesTime = (task: Task): boolean =>
  hasCheck(task) || task.ready_log !== null || task.oneshot;

/** The result for a task whose dependency has failed. */
export const skipFor = (dependency: string, failure: Failure): Skip => ({
  reason: `dependency '${dependency}' is not ready`,
  root: dependency,
  failure,
});

/** The result for a task whose dependency was skipped. */
export const skipAfter = (dependency: string, { root, failure }: Skip): Skip => ({
  reason: `dependency '${dependency}' was skipped, since '${root}' is not ready`,
  root,
  failure,
});

const stoppedByAnother = (task: Task): Failure =>
  new Failure("E214", `Task '${task.name}' was stopped by another command`);

/** A task that was launched but failed soon was not started, for the user. */
export async function settled(ctx: Context, task: Task, up: StartOutcome): Promise<StartOutcome> {
  if (up.kind !== "started") return up;
  const failure = await settle(ctx, task);
  if (failure === null) return up;
  ctx.report({ kind: "failed", task: task.name, reason: failure.message });
  return { kind: "failed", failure };
}
