import type { Pane, TmuxSession, WindowPlan } from "../adapters/tmux-arguments.ts";
import type { Task } from "../domain/config.ts";
import { Failure, isFailure } from "../domain/failure.ts";
import type { Context } from "./context.ts";

/** The project's tmux session, null if there is none; E301, E302 if the one of its name isn't this project's. */
export async function findSession(ctx: Context): Promise<TmuxSession | null | Failure> {
  const { session, configPath } = ctx.project;
  const found = await ctx.tmux.findSession(session);
  if (found === null || isFailure(found) || found.configPath === configPath) return found;
  const otherName = "Use another name: `name` in taskmux.toml, or --session NAME.";
  return found.configPath === null
    ? new Failure("E301", `The tmux session '${session}' was not made by taskmux`, otherName)
    : new Failure("E302", `The session '${session}' belongs to ${found.configPath}`, otherName);
}

/**
 * The session for a command that acts on it: a pane of ours in which the user has put another process (`respawn-pane`)
 * is the user's.
 */
export async function findOwnSession(ctx: Context): Promise<TmuxSession | null | Failure> {
  const found = await findSession(ctx);
  if (found === null || isFailure(found)) return found;
  const panes = found.panes.map((pane) => {
    const isOurs = pane.task === null || pane.dead || ctx.launchers.isLauncher(pane.pid);
    return isOurs ? pane : { ...pane, task: null };
  });
  return { ...found, panes };
}

/** The task's pane, if it has one in which its launcher can be alive. */
export const paneOf = (session: TmuxSession | null, task: string): Pane | null =>
  session?.panes.find((pane) => pane.task === task && !pane.dead) ?? null;

/** The session as one command acts on it, under the lock: looked at anew whenever others may have acted. */
export class SessionView {
  #turn = -1;
  #found: Promise<TmuxSession | null | Failure> = Promise.resolve(null);
  #opening: Promise<unknown> = Promise.resolve();
  #wanted: { plan: WindowPlan; resolve(failure: Failure | null): void }[] = [];

  constructor(private readonly ctx: Context) {}

  /** The session now, or null. The lock must be held. */
  current(): Promise<TmuxSession | null | Failure> {
    if (this.#turn !== this.ctx.lock.turn) {
      this.#turn = this.ctx.lock.turn;
      this.#found = findOwnSession(this.ctx);
    }
    return this.#found;
  }

  /** Whoever opened the windows may have died before it noted what is in their environment. */
  async rememberEnvironment(): Promise<void> {
    if (this.ctx.launchers.knowsEnvironment()) return;
    const session = await this.current();
    if (session === null || isFailure(session)) return;
    this.ctx.launchers.forget(await this.ctx.tmux.environmentNames(session));
  }

  /** Opens a window; those asked for at the same moment are opened together. */
  open(plan: WindowPlan): Promise<Failure | null> {
    const { promise, resolve } = Promise.withResolvers<Failure | null>();
    if (this.#wanted.push({ plan, resolve }) === 1) this.#openSoon();
    return promise;
  }

  #openSoon(): void {
    const soon = Promise.all([this.#opening, this.ctx.sleep(1)]);
    this.#opening = soon.then(() => this.#openAll());
  }

  async #openAll(): Promise<void> {
    const wanted = this.#wanted;
    this.#wanted = [];
    const plans = wanted.map(({ plan }) => plan);
    this.ctx.lock.afterwards(this.ctx.launchers.holdWriters(plans));
    const settle = (outcome: Failure | null, opened = plans): void => {
      for (const { plan, resolve } of wanted) if (opened.includes(plan)) resolve(outcome);
    };
    // Those of a call that failed; the others have their answer already.
    settle(await this.#openPlans(plans, (opened) => settle(null, opened)));
  }

  async #openPlans(plans: WindowPlan[], onOpened: (plans: WindowPlan[]) => void) {
    const session = await this.current();
    if (isFailure(session)) return session;
    const { project, tmux, state } = this.ctx;
    const { configPath } = project;
    const opened = await tmux.openWindows(project.session, session, configPath, plans, {
      environment: (names) => this.ctx.launchers.forget(names),
      opened: onOpened,
    });
    if (isFailure(opened)) return opened;
    this.#found = Promise.resolve(opened);
    state.recordServer(opened.server);
    return null;
  }
}

/** What the log writer of a task is told. */
export const logSettings = (ctx: Context, task: Task) => ({
  log_file: ctx.logPath(task),
  log_max_size: task.log_max_size,
  log_max_files: task.log_max_files,
  ready_log: task.ready_log,
});
