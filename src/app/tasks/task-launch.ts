import type { Surroundings } from "../../adapters/launch/environment.ts";
import type { Launch } from "../../adapters/launch/script.ts";
import type { Task } from "../../domain/config/config.ts";
import { Failure, isFailure } from "../../domain/failure.ts";
import type { LaunchFacts } from "../../domain/tasks/launch-facts.ts";
import type { Supervision } from "../../domain/tasks/supervision.ts";
import type { Context } from "../context.ts";
import { type Launcher, logSettings, paneOf } from "./session.ts";
import type { SessionView } from "./session-view.ts";

/** What is run, and where; `facts`: what the config says about it, null if unknown. */
export type LaunchPlan = Surroundings & Pick<Launch, "command"> & { facts: LaunchFacts | null };

/** One launch of a task: the window, if a launcher is missing, and the message to the launcher. The lock must be held. */
export class TaskLaunch {
  readonly #ctx: Context;
  readonly #view: SessionView;
  readonly #task: Task;
  readonly #command: string;
  /** The launcher that listens already; null if there is none. */
  readonly #launcher: Launcher | null;
  readonly #run: string;
  #window: Promise<Launcher | Failure> | null = null;

  constructor(
    ctx: Context,
    view: SessionView,
    task: Task,
    launcher: Launcher | null,
    command: string,
  ) {
    this.#ctx = ctx;
    this.#view = view;
    this.#task = task;
    this.#command = command;
    this.#launcher = launcher;
    this.#run = newRun(ctx);
  }

  /** Begins to open the task's window if it has none; nothing runs in it before {@link send}. */
  openWindow(): void {
    if (this.#launcher !== null) return;
    this.#window = this.#prepare();
    // `send` awaits it, unless the launch is refused before.
    void Promise.allSettled([this.#window]);
  }

  /** Returns once no window is being opened for it. */
  async settle(): Promise<void> {
    await Promise.allSettled([this.#window]);
  }

  /** Launches, and returns the pid of the command's process, null if it is not recorded any more. */
  async send(
    { command, shell, cwd, environment, fileLimit, referring = [], facts }: LaunchPlan,
    supervision: Supervision | null,
  ): Promise<number | null | Failure> {
    const ctx = this.#ctx;
    const task = this.#task;
    const run = this.#run;
    const plan = { command, shell, cwd, environment, fileLimit: fileLimit ?? null };
    const listening = await (this.#window ?? this.#prepare());
    if (isFailure(listening)) return listening;
    // Not before: while tmux opens the next windows.
    ctx.launchers.describeLaunch(task.name, launchOf(ctx, run, plan));
    const files = ctx.state.task(task.name);
    files.recordLaunch({ run, ...plan, referring });
    const before = files.memory().run;
    if (supervision) files.recordSupervision({ runs: [run, before], supervision });
    files.remember({
      want: "up",
      run,
      launchedAt: ctx.now(),
      refused: null,
      restartAfter: null,
      facts: facts && { ...facts, run },
      act: null,
    });
    files.runs.trim();
    files.tidy();
    const isAcknowledged = await ctx.launchers.launch(task.name, run, listening.pid);
    if (!isAcknowledged) return (await ctx.tmux.whyEnded()) ?? notAcknowledged(task);
    const process = files.process();
    return process.kind === "alive" ? process.pid : null;
  }

  /** Returns the task's launcher, ready for the launch; opens a window if there is none that listens. */
  async #prepare(): Promise<Launcher | Failure> {
    const { launchers } = this.#ctx;
    const task = this.#task;
    const log = logSettings(this.#ctx, task);
    const launch = { run: this.#run, command: this.#command };
    if (this.#launcher === null)
      return this.#view.open(() => launchers.prepareWindow(task.name, log, launch));
    if (launchers.isReachable(task.name)) {
      await this.#view.rememberEnvironment();
      launchers.prepareLaunch(task.name, log, launch);
      return this.#launcher;
    }
    // The run directory was removed, so the launcher can't be reached any more. Its window is closed last, because the
    // session could end with it.
    const session = await this.#view.current();
    const pane = isFailure(session) ? null : paneOf(session, task.name);
    const opened = await this.#view.open(() => launchers.prepareWindow(task.name, log, launch));
    const closed = pane === null ? null : await this.#ctx.tmux.killPanes([pane.paneId]);
    if (closed !== null) this.#ctx.onNotice?.(closed.message);
    return opened;
  }
}

const notAcknowledged = (task: Task): Failure =>
  new Failure("E602", `The window of task '${task.name}' has closed, or doesn't answer`);

function launchOf(ctx: Context, run: string, plan: Omit<LaunchPlan, "facts">): Launch {
  return {
    run,
    ...plan,
    fileLimit: plan.fileLimit ?? null,
    umask: ctx.environments.umask,
    environment: { ...plan.environment, TASKMUX_RUN: run },
  };
}

let launches = 0;

/** Unique for each launch: the scope identifies the session, the rest the time and the process that launched. */
const newRun = (ctx: Context): string =>
  `${ctx.state.scope}.${ctx.now().toString(36)}.${ctx.pid.toString(36)}.${++launches}`;
