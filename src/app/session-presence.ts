import type { SessionWatch } from "../adapters/tmux.ts";
import { isFailure, thrownFailure } from "../domain/failure.ts";
import type { Context } from "./context.ts";

/** When to look again after a window has closed, ms. */
const AFTER_CLOSING = [5, 15, 30, 50, 200, 700];

/** Whether the tmux session is there: tells when a window of it closes, and says when it has ended. */
export class SessionPresence {
  #watch: SessionWatch | null = null;
  /** Whether it was there when it was asked for last. */
  #isThere = false;
  #hasEnded = false;

  constructor(
    /** The Context of the config in force. */
    private readonly context: () => Context,
    /** Any task may have ended. */
    private readonly onNews: () => void,
  ) {}

  /** No more is told. */
  end(): void {
    this.#hasEnded = true;
    this.#watch?.end();
  }

  /** Looks whether it is there, where no client of ours hears of its end, and has one from then on. */
  async sweep(): Promise<void> {
    await this.askUnheard();
    if (this.#isThere) this.#hear();
  }

  /** Where no client of ours hears of the session's end, it is asked for before the tasks bring up a new one. */
  async askUnheard(): Promise<void> {
    if (!this.#watch?.isAlive()) await this.#ask();
  }

  /** A launch has come to something (true) or not: the session may be a new one. */
  launched(isUp: boolean): void {
    this.#isThere ||= isUp;
    if (this.#isThere) this.#hear();
  }

  /** Says so if it has gone. */
  async #ask(): Promise<void> {
    const { tmux, project, state, onNotice } = this.context();
    const found = await tmux.findSession(project.session).catch(thrownFailure);
    if (isFailure(found)) return;
    const isWanted = project.config.tasks.some(({ name }) => state.memory(name).want === "up");
    if (found === null && this.#isThere && isWanted) {
      onNotice?.(`The tmux session '${project.session}' has ended, or its server has`);
    }
    this.#isThere = found !== null;
  }

  /** A closed window ends its launcher too, which then leaves no notice. */
  #hear(): void {
    if (this.#hasEnded || this.#watch?.isAlive()) return;
    const { tmux, project } = this.context();
    const onEnd = () => void this.#sessionEnded();
    this.#watch = tmux.watchSession(project.session, () => void this.#lookOften(), onEnd);
  }

  /** Its tasks have ended with it; those that are wanted come back by their policies, and the session with them. */
  async #sessionEnded(): Promise<void> {
    if (this.#hasEnded) return;
    await this.#ask();
    await this.#lookOften();
  }

  /** Its processes get their hang-up in the moment that the window closes, and take some time over it. */
  async #lookOften(): Promise<void> {
    for (const pause of AFTER_CLOSING) {
      await this.context().sleep(pause);
      this.onNews();
    }
  }
}
