import type { Task } from "../../domain/config/config.ts";
import { waitsAtNote } from "../../domain/diagnosis/health-note.ts";
import { Failure } from "../../domain/failure.ts";
import { type End, isHealthy } from "../../domain/tasks/lifecycle.ts";
import type { Waited } from "../../domain/results/wait.ts";
import { callsForRestart } from "../../domain/tasks/supervision.ts";
import {
  judgeWait,
  type Verdict,
  type WaitFacts,
  type WaitCondition,
} from "../../domain/diagnosis/wait.ts";
import type { Context } from "../context.ts";
import { LaunchLog, type LogReading } from "../logs/launch-log.ts";
import { hasCheck, observe, type TaskSnapshot, waitsAt } from "./observe.ts";
import { endedWhileStarting, Probing, Settling, waitsFor, whyHint } from "./readiness.ts";
import { exitOf } from "./examine.ts";
import { WaitReports } from "./wait-reports.ts";
import { BackgroundLook } from "./left-behind.ts";
import {
  backgroundFailure,
  backgroundReason,
  type LeftProcess,
  mayHaveLeft,
} from "../../domain/tasks/left-behind.ts";

/** The condition that `start` waits for. */
export const HEALTHY: WaitCondition = { goal: "healthy", log: null };

/** The result of {@link HEALTHY} for a launched task: null if it is ready, why it can't be any more, or "waits". */
export function failureOf(task: Task, verdict: Verdict): Failure | null | "waits" {
  if (verdict.kind !== "lost") return verdict.kind === "holds" ? null : "waits";
  if (verdict.code === "E217") return backgroundFailure(task, verdict.reason);
  if (verdict.code === "E215") return endedWhileStarting(task, verdict.reason);
  return new Failure("E214", `Task '${task.name}' was stopped by another command`);
}

/** The failure of tasks when the timeout expires; `timeout` in seconds, 0: no wait. */
export function lateFailure(open: readonly TaskWait[], timeout: number): Failure {
  const when = timeout === 0 ? "" : ` (waited ${timeout} s)`;
  return new Failure("E214", `${sentenceOf(open)}${when}`, whyHint(open[0]!.task.name));
}

/** The state of the first task, and which others are in the same one. */
export function sentenceOf([first, ...others]: readonly TaskWait[]): string {
  const own = `Task '${first!.task.name}' ${first!.verdict.reason}`;
  return others.length === 0 ? own : `${own}; likewise ${others.map(named).join(", ")}`;
}

const named = ({ task }: TaskWait): string => `'${task.name}'`;

/** How a launch ended by itself, and its process. */
export interface SelfEnd {
  run: string | null;
  pid: number | null;
  end: End;
}

/** A task that is waited for. */
export class TaskWait {
  verdict: Verdict = { kind: "waits", reason: "" };
  #seen: TaskSnapshot;
  /** How the task last ended by itself, and the process that did. */
  #ended: SelfEnd | null = null;
  #probing: Probing;
  /** What the command left behind, once it has ended with 0. */
  #background: BackgroundLook | null = null;
  readonly #settling = new Settling();
  readonly #reports: WaitReports;
  readonly #log: LaunchLog | null;
  readonly #ctx: Context;
  readonly #condition: WaitCondition;
  readonly #believesMonitor: boolean;

  /** `believesMonitor`: a check that a monitor has made counts; otherwise only those of this wait. */
  constructor(
    ctx: Context,
    readonly task: Task,
    condition: WaitCondition,
    output: { pattern: RegExp; logs: LogReading; onlyNew: boolean } | null = null,
    believesMonitor = true,
  ) {
    this.#ctx = ctx;
    this.#believesMonitor = believesMonitor;
    this.#condition = condition;
    this.#reports = new WaitReports(ctx, task.name);
    this.#seen = observe(ctx, task);
    this.#probing = new Probing(ctx, task);
    const source = { task: task.name, path: ctx.logPath(task) };
    const launch = { pid: this.#pidOfLaunch(), at: this.#seen.memory.launchedAt };
    this.#log =
      output && new LaunchLog(output.logs, source, output.pattern, launch, output.onlyNew);
  }

  close(): void {
    this.#log?.close();
  }

  /** Reports what is waited for. */
  tell(): void {
    this.#reports.tell(this.verdict.kind === "waits" ? this.verdict.reason : null);
  }

  /** Checks once, including the health check. */
  async check(): Promise<void> {
    this.look();
    await this.#probing.underWay;
    await this.#background?.looking;
  }

  look(): Verdict {
    this.#observe();
    const facts = this.#facts();
    this.verdict = this.#withBackground(judgeWait(this.#condition, facts));
    return this.verdict;
  }

  /** A command that ended with 0 may have gone to the background: the wait lasts until that is known. */
  #withBackground(verdict: Verdict): Verdict {
    const { state, process } = this.#seen;
    const end = process.kind === "ended" ? process.end : null;
    const isOver = verdict.kind === "lost" && verdict.code === "E215";
    if (!isOver || !mayHaveLeft(this.task, state, end)) return verdict;
    const { left } = (this.#background ??= new BackgroundLook(this.#ctx, this.task));
    if (left === null) return { kind: "waits", reason: verdict.reason };
    if (left.length === 0) return verdict;
    return { kind: "lost", code: "E217", reason: backgroundReason(left) };
  }

  /** The processes that the task left behind when it went to the background. */
  get left(): readonly LeftProcess[] {
    return this.#background?.left ?? [];
  }

  /** Checks that have begun no longer count: the program has reloaded itself. */
  checkAfresh(): void {
    this.#probing = new Probing(this.#ctx, this.task);
  }

  /** The task as it was last seen. */
  get seen(): TaskSnapshot {
    return this.#seen;
  }

  /** How the task last ended by itself; null if it has not, or if a command has stopped it since. */
  get ended(): SelfEnd | null {
    return this.#ended;
  }

  get #isWatched(): boolean {
    return this.#believesMonitor && this.#ctx.monitor() !== null;
  }

  result(): Waited {
    const { process, state } = this.#seen;
    const last = process.kind === "ended" ? process.end : null;
    return {
      task: this.task.name,
      holds: this.verdict.kind === "holds",
      state,
      pid: process.kind === "alive" ? process.pid : null,
      ...exitOf(this.#condition.goal === "exited" ? (this.#ended?.end ?? last) : last),
      line: this.#line(),
      reason: this.verdict.reason,
    };
  }

  #observe(): void {
    const { task } = this;
    const ctx = this.#ctx;
    const before = this.#seen.memory.run;
    const isWatched = this.#isWatched;
    // A monitor's results are recorded.
    this.#seen = observe(ctx, task, isWatched ? undefined : this.#probing.latest);
    if (this.#seen.memory.run !== before) this.#changeOver(before);
    const { process, want, wasStopped, memory } = this.#seen;
    if (want === "down" || wasStopped) this.#ended = null;
    else if (process.kind === "ended")
      this.#ended = { run: memory.run, pid: this.#pidOfLaunch(), end: process.end };
    this.#probe(isWatched);
  }

  /** A new launch has replaced `before`, whose checks no longer count; and which may have ended unnoticed. */
  #changeOver(before: string | null): void {
    const { task } = this;
    const ctx = this.#ctx;
    this.#probing = new Probing(ctx, task);
    this.#background = null;
    this.#seen = observe(ctx, task);
    const { memory } = this.#seen;
    if (before === null || memory.stoppedRun === before) return;
    const { runs } = ctx.state.task(task.name);
    const process = runs.process(before, memory.launchedAt);
    if (process.kind !== "ended") return;
    this.#ended = { run: before, pid: runs.pidOf(before), end: process.end };
  }

  /**
   * A task that the monitor found healthy needs no check. Otherwise checks here, since the monitor's next check may be a
   * `health_interval` away.
   */
  #probe(isWatched: boolean): void {
    const { process, memory, state } = this.#seen;
    const isAsked =
      this.#condition.goal === "healthy" && process.kind === "alive" && !this.task.oneshot;
    if (isAsked && memory.run && (!isWatched || state !== "running"))
      this.#probing.proceed(memory.run);
  }

  #facts(): WaitFacts {
    const { want, process, wasStopped, gaveUp, memory, state } = this.#seen;
    // Output before this observation has been logged.
    const files = this.#ctx.state.task(this.task.name);
    const isLogged = memory.run !== null && files.output.isLogged(memory.run);
    this.#log?.poll();
    return {
      want,
      process,
      wasStopped,
      isStopping: state === "stopping",
      gaveUp,
      willRestart: this.#willRestart(),
      isHealthy: this.#isHealthy(),
      ended: this.#ended?.end ?? null,
      line: this.#line(),
      isRead: isLogged || files.logError() !== null,
      obstacle: this.#obstacle(),
    };
  }

  #willRestart(): boolean {
    const { process, gaveUp } = this.#seen;
    if (process.kind !== "ended" || gaveUp) return false;
    return this.#ctx.monitor() !== null && callsForRestart(this.task, process.end);
  }

  /** An earlier result says nothing about now, unless someone keeps checking. */
  #isHealthy(): boolean {
    const { task } = this;
    const ctx = this.#ctx;
    const { state, process, memory } = this.#seen;
    const { run } = memory;
    if (!isHealthy(state, task.oneshot)) return false;
    if (process.kind !== "alive") return true;
    if (hasCheck(task)) return this.#probing.latest === true || this.#isWatched;
    return task.ready_log !== null || this.#settling.isOver(ctx, task, run, process.pid);
  }

  #line(): string | null {
    const pid = this.#condition.goal === "exited" ? this.#ended?.pid : this.#pidOfLaunch();
    return this.#log?.lineOf(pid ?? null) ?? null;
  }

  #pidOfLaunch(): number | null {
    const { run } = this.#seen.memory;
    return run === null ? null : this.#ctx.state.task(this.task.name).runs.pidOf(run);
  }

  #obstacle(): string {
    const { process, state } = this.#seen;
    if (state === "stopping") return "it is being stopped";
    if (process.kind !== "none") {
      const reason = this.#probing.reason ?? waitsFor(this.#ctx, this.task);
      const prompt = waitsAt(this.#ctx, this.task, this.#seen);
      return prompt === null ? reason : `${reason}; ${waitsAtNote(prompt)}`;
    }
    const { depends_on } = this.task;
    return depends_on.length === 0
      ? "it should be running"
      : `it depends on ${depends_on.join(", ")}`;
  }
}
