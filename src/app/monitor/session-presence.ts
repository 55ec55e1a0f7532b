import type { TmuxSession } from "../../adapters/tmux/arguments.ts";
import type { SessionWatch } from "../../adapters/tmux/watch.ts";
import { isConfigOf } from "../../domain/config/identity.ts";
import { type Failure, isFailure } from "../../domain/failure.ts";
import { thrownFailure } from "../../domain/system-error.ts";
import type { Context } from "../context.ts";
import { paneOf } from "../tasks/session.ts";
import { isSameSession } from "../tasks/session-view.ts";

/** Times to check again after a window has closed, ms. */
const AFTER_CLOSING = [5, 15, 30, 50, 200, 700];

/** Watches the tmux session: calls back when a window closes, and reports when the session has ended. */
export class SessionPresence {
  #watch: SessionWatch | null = null;
  /** The session as it was found last. */
  #seen: TmuxSession | null = null;
  /** Numbers of looks: the last one begun, and the last one that counted. */
  #begun = 0;
  #counted = 0;
  /** Launches whose loss was reported. */
  #reported: ReadonlySet<string> = new Set();
  #hasEnded = false;
  /** The Context of the current config. */
  readonly #context: () => Context;
  /** Called when tasks may have ended. */
  readonly #onChange: () => void;

  constructor(context: () => Context, onChange: () => void) {
    this.#context = context;
    this.#onChange = onChange;
  }

  /** Stops watching. */
  end(): void {
    this.#hasEnded = true;
    this.#watch?.end();
  }

  /** Checks the session if no control client watches it, and starts one. */
  async sweep(): Promise<void> {
    if (!this.#watch?.isAlive()) await this.#ask();
    if (this.#seen !== null) this.#hear();
  }

  /**
   * Checks the session before a task's restart creates a new one, if it may have gone: the control client may tell that
   * later than the task's end was seen.
   */
  async checkBeforeRestart(task: string): Promise<void> {
    if (!this.#watch?.isAlive() || !this.#hasWindow(task)) await this.#ask();
  }

  #hasWindow(task: string): boolean {
    try {
      return this.#context().state.task(task).launcher() !== null;
    } catch {
      return false;
    }
  }

  /** A launch has succeeded (true) or failed: the session may be a new one. */
  launched(isUp: boolean): void {
    if (this.#seen !== null) this.#hear();
    else if (isUp) void this.sweep();
  }

  /** Reports if the session has gone, and wanted tasks with it. What can't be read now, the next look finds. */
  async #ask(): Promise<void> {
    const news = await this.#look().catch(thrownFailure);
    if (news === null || isFailure(news)) return;
    this.#context().onNotice?.(news);
  }

  async #look(): Promise<string | null | Failure> {
    const { tmux, project } = this.#context();
    const look = ++this.#begun;
    const launches = this.#launches();
    const session = await tmux.findSession(project.session);
    if (isFailure(session)) return session;
    // Of looks at the same time, the answers may come in another order.
    if (look < this.#counted) return null;
    this.#counted = look;
    const path = session?.configPath ?? null;
    const found = path !== null && isConfigOf(project, path) ? session : null;
    const hasGone = this.#seen !== null && !isSameSession(found, this.#seen);
    const lost = hasGone ? this.#lostOf(launches, found) : [];
    const isNews = lost.some((run) => !this.#reported.has(run));
    this.#seen = found;
    if (hasGone) this.#reported = new Set(lost);
    return isNews ? `The tmux session '${project.session}' has ended, or its server has` : null;
  }

  /** The launch of each task. */
  #launches(): Map<string, string | null> {
    const { project, state } = this.#context();
    return new Map(
      project.config.tasks.map(({ name }) => [name, state.task(name).memory().run] as const),
    );
  }

  /**
   * The launches that have lost their window and that no command has ended; `launches` were recorded before the session
   * was `found`. Commands record a launch after its window is open, and a stop before they close the window. So a command
   * between the two never looks like a loss, as the wish of a `start` that has not opened a window yet would.
   */
  #lostOf(launches: ReadonlyMap<string, string | null>, found: TmuxSession | null): string[] {
    const { state } = this.#context();
    return [...launches].flatMap(([task, run]) => {
      const memory = state.task(task).memory();
      const isWanted = memory.want === "up" && memory.stoppedRun !== run;
      const isLost = run !== null && memory.run === run && isWanted && paneOf(found, task) === null;
      return isLost ? [run] : [];
    });
  }

  /** Closing a window ends its launcher too, which then sends no notice. */
  #hear(): void {
    if (this.#hasEnded || this.#watch?.isAlive()) return;
    const { tmux, project } = this.#context();
    const onEnd = () => void this.#sessionEnded();
    this.#watch = tmux.watchSession(project.session, () => void this.#lookOften(), onEnd);
  }

  /** Its tasks have ended with it. Those that are wanted are restarted by their policies, in a new session. */
  async #sessionEnded(): Promise<void> {
    if (this.#hasEnded) return;
    await this.#ask();
    await this.#lookOften();
  }

  /** Processes get SIGHUP when the window closes, and take some time to end. */
  async #lookOften(): Promise<void> {
    for (const pause of AFTER_CLOSING) {
      await this.#context().sleep(pause);
      this.#onChange();
    }
  }
}
