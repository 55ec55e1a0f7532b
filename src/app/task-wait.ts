import type { Task } from "../domain/config.ts";
import { type End, isHealthy } from "../domain/lifecycle.ts";
import type { Waited } from "../domain/results-wait.ts";
import { callsForRestart } from "../domain/supervision.ts";
import { judgeWait, type Verdict, type WaitFacts, type Wish } from "../domain/waiting.ts";
import type { Context } from "./context.ts";
import { LaunchLog, type LogReading } from "./launch-log.ts";
import { hasCheck, observe, type Seen } from "./observe.ts";
import { Probing, settledAt, waitsFor } from "./readiness.ts";
import { exitOf } from "./status.ts";

/** One task that is waited for. */
export class TaskWait {
  verdict: Verdict = { kind: "waits", reason: "" };
  #seen: Seen;
  /** How the task last ended by itself, and the process that did. */
  #ended: { pid: number | null; end: End } | null = null;
  #probing: Probing;
  readonly #log: LaunchLog | null;

  constructor(
    private readonly ctx: Context,
    readonly task: Task,
    private readonly wish: Wish,
    pattern: RegExp | null,
    logs: LogReading,
  ) {
    this.#seen = observe(ctx, task);
    this.#probing = new Probing(ctx, task);
    const source = { task: task.name, path: ctx.logPath(task) };
    const launch = { pid: this.#pidOfLaunch(), at: this.#seen.memory.launchedAt };
    this.#log = pattern && new LaunchLog(logs, source, pattern, launch);
  }

  close(): void {
    this.#log?.close();
  }

  /** Says what is waited for. */
  tell(): void {
    if (this.verdict.kind === "waits")
      this.ctx.report({ kind: "waiting", task: this.task.name, reason: this.verdict.reason });
  }

  /** Looks once, its health check included. */
  async check(): Promise<void> {
    this.look();
    await this.#probing.underWay;
  }

  look(): Verdict {
    this.#observe();
    const facts = this.#facts();
    this.verdict = judgeWait(this.wish, facts);
    return this.verdict;
  }

  result(): Waited {
    const { process, state } = this.#seen;
    const last = process.kind === "ended" ? process.end : null;
    return {
      task: this.task.name,
      holds: this.verdict.kind === "holds",
      state,
      pid: process.kind === "alive" ? process.pid : null,
      ...exitOf(this.wish.goal === "exited" ? (this.#ended?.end ?? last) : last),
      line: this.#line(),
      reason: this.verdict.reason,
    };
  }

  #observe(): void {
    const { ctx, task } = this;
    const before = this.#seen.memory.run;
    const isWatched = ctx.monitor() !== null;
    // A monitor's results are on record.
    this.#seen = observe(ctx, task, isWatched ? undefined : this.#probing.latest);
    if (this.#seen.memory.run !== before) this.#changeOver(before);
    const { process, want, wasStopped } = this.#seen;
    if (want === "down" || wasStopped) this.#ended = null;
    else if (process.kind === "ended") this.#ended = { pid: this.#pidOfLaunch(), end: process.end };
    this.#probe(isWatched);
  }

  /** Another launch has taken the place of `before`, whose checks say nothing of it; which may have ended unseen. */
  #changeOver(before: string | null): void {
    const { ctx, task } = this;
    this.#probing = new Probing(ctx, task);
    this.#seen = observe(ctx, task);
    const { memory } = this.#seen;
    if (before === null || memory.stoppedRun === before) return;
    const process = ctx.state.process(task.name, { ...memory, run: before });
    if (process.kind !== "ended") return;
    this.#ended = { pid: ctx.state.pidOf(task.name, before), end: process.end };
  }

  /** What a monitor has found healthy needs no check; what it hasn't is not left to its next one, at `health_interval`. */
  #probe(isWatched: boolean): void {
    const { process, memory, state } = this.#seen;
    const isAsked = this.wish.goal === "healthy" && process.kind === "alive" && !this.task.oneshot;
    if (isAsked && memory.run && (!isWatched || state !== "running"))
      this.#probing.proceed(memory.run);
  }

  #facts(): WaitFacts {
    const { want, process, wasStopped, gaveUp, memory } = this.#seen;
    // What was printed before this is seen has been logged.
    const isLogged = memory.run !== null && this.ctx.state.isLogged(this.task.name, memory.run);
    this.#log?.poll();
    return {
      want,
      process,
      wasStopped,
      gaveUp,
      willRestart: this.#willRestart(),
      isHealthy: this.#isHealthy(),
      ended: this.#ended?.end ?? null,
      line: this.#line(),
      isRead: isLogged || this.ctx.state.writerError(this.task.name) !== null,
      obstacle: this.#obstacle(),
    };
  }

  #willRestart(): boolean {
    const { process, gaveUp } = this.#seen;
    if (process.kind !== "ended" || gaveUp) return false;
    return this.ctx.monitor() !== null && callsForRestart(this.task, process.end);
  }

  /** An earlier result says nothing of now, where nobody has checked since. */
  #isHealthy(): boolean {
    const { ctx, task } = this;
    const { state, process } = this.#seen;
    if (!isHealthy(state, task.oneshot)) return false;
    if (process.kind !== "alive") return true;
    if (hasCheck(task)) return this.#probing.latest === true || ctx.monitor() !== null;
    return task.ready_log !== null || ctx.now() >= settledAt(ctx, task);
  }

  #line(): string | null {
    const pid = this.wish.goal === "exited" ? this.#ended?.pid : this.#pidOfLaunch();
    return this.#log?.lineOf(pid ?? null) ?? null;
  }

  #pidOfLaunch(): number | null {
    const { run } = this.#seen.memory;
    return run === null ? null : this.ctx.state.pidOf(this.task.name, run);
  }

  #obstacle(): string {
    const { process } = this.#seen;
    if (process.kind !== "none") return this.#probing.reason ?? waitsFor(this.task);
    const { depends_on } = this.task;
    return depends_on.length === 0 ? "it is wanted" : `it depends on ${depends_on.join(", ")}`;
  }
}
