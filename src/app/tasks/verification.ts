import type { LogProgress } from "../../adapters/logs/segments.ts";
import type { Task } from "../../domain/config/config.ts";
import {
  judgeVerify,
  type Verified,
  type VerifyFacts,
  type VerifyJudgement,
} from "../../domain/diagnosis/verify.ts";
import type { Verdict } from "../../domain/diagnosis/wait.ts";
import { describeEnd, isSuccess } from "../../domain/tasks/lifecycle.ts";
import type { VerifiedTask } from "../../domain/results/verify.ts";
import type { Context } from "../context.ts";
import { type Baseline, OutputWatch, QUIET } from "../logs/output-watch.ts";
import { outputLogged } from "./on-record.ts";
import { HEALTHY, TaskWait } from "./task-wait.ts";
import { untilDecided } from "./until.ts";
import { WaitReports } from "./wait-reports.ts";

/** How tasks are verified. Times are in ms. */
export interface VerifyOptions {
  /** For how long a task must stay healthy. */
  settle: number;
  /** Monotonic. */
  deadline: number;
  /** The tasks were launched for this verification. */
  isRestarted: boolean;
  /** This command has reported that they are ready: it does not report that it waits for them. */
  isReady: boolean;
  /** Where the output of a task begins that is judged; null: with its last launch. */
  baselineOf(task: Task): Baseline | null;
}

/** Watches tasks until each has been healthy for a while, one fails, or the time is up. */
export async function verifyTasks(
  ctx: Context,
  tasks: readonly Task[],
  options: VerifyOptions,
): Promise<Verification[]> {
  const all = tasks.map((task) => new Verification(ctx, task, options));
  for (const one of all) await one.look();
  await untilDecided(ctx, () => areDecided(all, options.isReady), options.deadline);
  await Promise.all(all.map((one) => one.end()));
  return all;
}

/** Whether one has failed, or all are well at once. */
async function areDecided(all: readonly Verification[], isReady: boolean): Promise<boolean> {
  for (const one of all) await one.look();
  if (!isReady) for (const one of all) one.tell();
  const verdicts = all.map(({ judgement }) => judgement);
  const isFailed = (one: VerifyJudgement): boolean =>
    one.kind === "decided" && one.verdict !== "ok";
  return verdicts.some(isFailed) || verdicts.every(({ kind }) => kind === "decided");
}

/** A task that is verified. */
export class Verification {
  judgement: VerifyJudgement = { kind: "waits", reason: "" };
  readonly #ctx: Context;
  readonly #options: VerifyOptions;
  readonly #health: TaskWait;
  readonly #reports: WaitReports;
  #output: OutputWatch;
  /** The run that had ended before the verification began: it may be about to be launched again. */
  readonly #endedBefore: string | null;
  #run: string | null;
  /** Since when it has been ready, monotonic ms; null if it isn't. */
  #readySince: number | null = null;
  /** Since when it hasn't been healthy any more. */
  #failingSince: number | null = null;
  #checkedFor: number | null = null;

  constructor(
    ctx: Context,
    readonly task: Task,
    options: VerifyOptions,
  ) {
    this.#ctx = ctx;
    this.#options = options;
    this.#reports = new WaitReports(ctx, task.name);
    this.#health = new TaskWait(ctx, task, HEALTHY, null, false);
    const { process, memory } = this.#health.seen;
    this.#run = memory.run;
    this.#endedBefore = process.kind === "ended" && !options.isRestarted ? memory.run : null;
    this.#output = new OutputWatch(ctx, task, options.baselineOf(task), this.#firstHealthy());
  }

  /** Reports what is waited for. */
  tell(): void {
    const { kind, reason } = this.judgement;
    this.#reports.tell(kind === "waits" ? reason : null);
  }

  async look(): Promise<void> {
    await this.#output.poll();
    this.#health.look();
    this.#followRun();
    this.#checkAfterReload();
    this.#note();
    // A program that never pauses is judged by what it has printed so far.
    if ((this.#readyFor ?? 0) >= this.#options.settle + QUIET) this.#output.judge();
    this.judgement = judgeVerify(this.#facts(), this.#options.settle);
  }

  /** Reads the last output of a task that isn't well. */
  async end(): Promise<void> {
    if (this.verdict === "ok") return;
    if (this.verdict === "crashed") await outputLogged(this.#ctx, this.task.name);
    await this.#output.poll();
    this.#output.judge();
  }

  /** Null: it was still watched. */
  get verdict(): Verified | null {
    return this.judgement.kind === "decided" ? this.judgement.verdict : null;
  }

  /** How far its output was judged; null if none was read. */
  get judged(): LogProgress | null {
    return this.#output.judged;
  }

  /** As of now; `late`: what is said of a task that was still watched. */
  result(late: "timed_out" | null): VerifiedTask {
    const { state, memory } = this.#health.seen;
    return {
      task: this.task.name,
      verdict: this.verdict ?? late,
      state,
      healthy: this.#health.verdict.kind === "holds",
      run: memory.run,
      relaunched: this.#output.isRelaunched,
      reloaded: this.#reloaded,
      new_errors: this.#output.newErrors,
      gone_errors: this.#output.goneErrors,
      url: this.#ctx.ports.addresses.urlOf(this.task),
      reason: this.judgement.reason,
    };
  }

  /** Another command has restarted it: what the new run does is judged from its beginning. */
  #followRun(): void {
    const { run } = this.#health.seen.memory;
    if (run === this.#run || this.#ended() !== null) return;
    this.#run = run;
    this.#readySince = null;
    this.#failingSince = null;
    this.#output = new OutputWatch(this.#ctx, this.task, null);
  }

  /** A check that began before the program has reloaded itself says nothing about what it has become. */
  #checkAfterReload(): void {
    const { reloadedAt } = this.#output;
    if (reloadedAt === this.#checkedFor) return;
    this.#checkedFor = reloadedAt;
    this.#readySince = null;
    this.#failingSince = null;
    this.#health.checkAfresh();
    this.#health.look();
  }

  #note(): void {
    const now = this.#ctx.monotonic();
    const isHealthy = this.#health.verdict.kind === "holds";
    const wasReady = this.#readySince !== null;
    if (!isHealthy && wasReady) this.#failingSince ??= now;
    if (isHealthy) this.#failingSince = null;
    const isReady = isHealthy && this.#isReloaded;
    this.#readySince = isReady ? (this.#readySince ?? now) : null;
  }

  get #readyFor(): number | null {
    return this.#readySince === null ? null : this.#ctx.monotonic() - this.#readySince;
  }

  /** The last start did not launch it. */
  #refused(): Verdict | null {
    const { process, memory } = this.#health.seen;
    const refused = process.kind === "alive" ? null : memory.refused;
    if (refused === null) return null;
    // A monitor launches it as soon as its dependencies are ready.
    if (refused.isForDependency && this.#ctx.monitor() !== null) return null;
    return { kind: "lost", code: "E202", reason: `was not started: ${refused.reason}` };
  }

  #facts(): VerifyFacts {
    const now = this.#ctx.monotonic();
    return {
      health: this.#refused() ?? this.#health.verdict,
      isUp: this.#health.seen.process.kind === "alive",
      ended: this.#ended(),
      isReloaded: this.#isReloaded,
      newErrors: this.#output.newErrors.length,
      sinceError: now - this.#output.foundAt,
      isRead: this.#output.isJudged,
      readyFor: this.#readyFor,
      failingFor: this.#failingSince === null ? null : now - this.#failingSince,
    };
  }

  #ended(): string | null {
    const { ended } = this.#health;
    if (ended === null || ended.run === this.#endedBefore) return null;
    return this.task.oneshot && isSuccess(ended.end, this.task.success_exit_codes)
      ? null
      : describeEnd(ended.end);
  }

  /** Without new output for a while, it isn't about to reload. */
  get #isReloaded(): boolean {
    if (this.task.reload_log === null || this.#hasReloaded) return true;
    return this.#ctx.monotonic() - this.#output.newAt >= this.#options.settle;
  }

  get #hasReloaded(): boolean {
    return this.#output.reloadedAt !== null || this.#output.isRelaunched;
  }

  /** Null: it has said nothing about it. */
  get #reloaded(): boolean | null {
    if (this.task.reload_log === null) return null;
    if (this.#hasReloaded) return true;
    return this.#isReloaded ? null : false;
  }

  /** What a launch prints until it is healthy for the first time is no reload; epoch ms. */
  #firstHealthy(): number {
    const { health } = this.#ctx.state.task(this.task.name);
    return (this.#run === null ? null : health.passedAt(this.#run)) ?? 0;
  }
}
