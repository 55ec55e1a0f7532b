import { isFailure } from "../../domain/failure.ts";
import { thrownFailure } from "../../domain/system-error.ts";
import type { Context } from "../context.ts";
import { isHubDead, isPipeTaken } from "../tasks/mend-windows.ts";
import { SessionView } from "../tasks/session-view.ts";
import { DependencyRestarts } from "./dependency-restarts.ts";
import { LateStarts } from "./late-starts.ts";
import { MemoryWatch } from "./memory-watch.ts";
import { Mailbox } from "./mailbox.ts";
import { SessionPresence } from "./session-presence.ts";
import { SteadyClock } from "./steady-clock.ts";
import type { MonitorListener, SharedParts } from "./shared-parts.ts";
import { TaskMonitor } from "./task-monitor.ts";

/** Period of the sweep, ms, which finds ends whose notice was lost. */
const SWEEP = 5000;

/**
 * Supervises the session's tasks. A single loop calls the tasks' monitors; everything else (a launcher's notice, the end of
 * a check, a timer) sends it a message.
 */
export class Supervisor {
  readonly #tasks = new Map<string, TaskMonitor>();
  readonly #shared: SharedParts;
  readonly #lateStarts: LateStarts;
  readonly #dependencyRestarts: DependencyRestarts;
  readonly #memory: MemoryWatch;
  #hasEnded = false;
  /** Why pipes could not be repaired the last time; reported once. */
  #pipeFailure: string | null = null;

  constructor(ctx: Context, listener: MonitorListener = {}) {
    const mail = new Mailbox(ctx.sleep);
    const session = new SessionPresence(
      () => this.#shared.ctx,
      () => mail.tell(null),
    );
    const clock = new SteadyClock(ctx);
    const act = async (task: string, act: () => Promise<void>) =>
      this.#tasks.get(task)?.during(act);
    this.#shared = { ctx, view: new SessionView(ctx), clock, mail, session, listener, act };
    this.#lateStarts = new LateStarts(this.#shared);
    this.#dependencyRestarts = new DependencyRestarts(this.#shared);
    this.#memory = new MemoryWatch(this.#shared, (task, run, reason) =>
      this.#tasks.get(task)?.exceeded(run, reason),
    );
    this.adopt(ctx);
  }

  /** Runs until the signal is aborted. */
  async watch(signal: AbortSignal): Promise<void> {
    const { ctx, mail } = this.#shared;
    // Fills the cache of the process table for the first restart.
    ctx.scan.warmCache();
    const stopWatching = ctx.watchNotices((task) => mail.tell(task));
    signal.addEventListener("abort", () => this.#end(), { once: true });
    if (signal.aborted) this.#end();
    try {
      await this.#run();
    } finally {
      stopWatching();
      for (const monitor of this.#tasks.values()) monitor.end();
    }
  }

  /** Switches to the tasks of this context's config, of the same session. Keeps their state. */
  adopt(ctx: Context): void {
    this.#shared.ctx = ctx;
    this.#shared.view = new SessionView(ctx);
    const tasks = new Map(ctx.project.config.tasks.map((task) => [task.name, task]));
    for (const [name, monitor] of this.#tasks) {
      if (tasks.has(name)) continue;
      monitor.end();
      this.#tasks.delete(name);
    }
    for (const [name, task] of tasks) {
      const monitor = this.#tasks.get(name);
      if (monitor) monitor.adopt(task);
      else this.#tasks.set(name, new TaskMonitor(this.#shared, task));
    }
    this.#shared.mail.tell(null);
  }

  #end(): void {
    this.#hasEnded = true;
    this.#shared.session.end();
    this.#shared.mail.tell(null);
  }

  async #run(): Promise<void> {
    const { clock, mail } = this.#shared;
    let sweepAt = 0;
    while (!this.#hasEnded) {
      const now = clock.now();
      if (now >= sweepAt) {
        void this.#sweep();
        void this.#memory.look();
        sweepAt = now + SWEEP;
      }
      const messages = mail.take();
      for (const [name, monitor] of this.#tasks)
        monitor.proceed(messages.has(null) || messages.has(name), now);
      this.#lateStarts.look(messages, now);
      this.#dependencyRestarts.look(messages);
      const deadlines = [...this.#tasks.values()].map((monitor) => monitor.deadline());
      await mail.next(Math.min(sweepAt, ...deadlines) - clock.now());
    }
  }

  async #sweep(): Promise<void> {
    const { session, mail } = this.#shared;
    await session.sweep();
    await this.#mendPipes();
    mail.tell(null);
  }

  /** Repairs pipes that another program has taken, whose logs miss lines, and the log hub. */
  async #mendPipes(): Promise<void> {
    const { ctx, view } = this.#shared;
    const isTaken = ctx.project.config.tasks.some(({ name }) => isPipeTaken(ctx, name));
    if (!isTaken && !isHubDead(ctx)) return;
    const looked = await ctx.lock.hold(() => view.look()).catch(thrownFailure);
    const failure = isFailure(looked) ? looked.message : null;
    if (failure !== null && failure !== this.#pipeFailure)
      ctx.onNotice?.(`A log's pipe can't be restored: ${failure}`);
    this.#pipeFailure = failure;
  }
}
