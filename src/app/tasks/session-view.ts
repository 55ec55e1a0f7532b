import type { TmuxServer, TmuxSession, WindowPlan } from "../../adapters/tmux/arguments.ts";
import type { OpeningListener, ReadyWindow } from "../../adapters/tmux/windows.ts";
import { type Failure, isFailure } from "../../domain/failure.ts";
import { thrownFailure } from "../../domain/system-error.ts";
import type { Context } from "../context.ts";
import { findOwnSession, type Launcher } from "./session.ts";

/** How long windows are prepared without a pause, ms: one takes 0.2 ms, or ten times as long on a busy file system. */
const LONGEST_TURN = 3;

/** What tmux says of a session that another call has made since the last look. */
const DUPLICATE = /duplicate session/;

/** Looks at most for such a session: the call of a killed command may still be running. */
const MOST_TRIES = 6;

/** Answers a request for a window. */
type Answer = (opened: Launcher | Failure) => void;

/** The session during a command that holds the lock: read again when others may have changed it. */
export class SessionView {
  #turn = -1;
  #found: Promise<TmuxSession | null | Failure> = Promise.resolve(null);
  #opening: Promise<unknown> = Promise.resolve();
  /** Until the next window may be prepared. */
  #preparing: Promise<void> = Promise.resolve();
  /** Until when more may be prepared in this turn of the event loop, monotonic ms. */
  #turnEnd = 0;
  /** The requests that wait for that. */
  readonly #unprepared = new Set<Answer>();
  /** Number of unfinished calls that open windows. */
  #openings = 0;
  #wanted: { plan: WindowPlan; resolve: Answer }[] = [];
  readonly #ctx: Context;

  constructor(ctx: Context) {
    this.#ctx = ctx;
  }

  /**
   * The session as read in this turn of the lock, with windows opened since; null if there is none. The lock must be held.
   */
  current(): Promise<TmuxSession | null | Failure> {
    if (this.#turn !== this.#ctx.lock.turn) {
      this.#turn = this.#ctx.lock.turn;
      this.#found = findOwnSession(this.#ctx);
    }
    return this.#found;
  }

  /** Like {@link current}, but always read again: a monitor's turns may be long. */
  look(): Promise<TmuxSession | null | Failure> {
    // Windows that are being opened are not marked yet, and are added when they are.
    if (this.#openings === 0) this.#turn = -1;
    return this.current();
  }

  /** Reads the variables in the windows' environment, if the command that opened them died before it recorded them. */
  async rememberEnvironment(): Promise<void> {
    if (this.#ctx.launchers.knowsEnvironment()) return;
    const session = await this.current();
    if (session === null || isFailure(session)) return;
    this.#ctx.launchers.forget(await this.#ctx.tmux.environmentNames(session));
  }

  /** Opens the window that `prepare` plans, and returns the launcher in it; concurrent requests share calls of tmux. */
  open(prepare: () => WindowPlan): Promise<Launcher | Failure> {
    const { promise, resolve, reject } = Promise.withResolvers<Launcher | Failure>();
    this.#unprepared.add(resolve);
    this.#preparing = this.#prepareInTurn(prepare, resolve).catch(reject);
    return promise;
  }

  /** A few in a turn of the event loop: in between, tmux's answers are taken, and the next windows opened. */
  async #prepareInTurn(prepare: () => WindowPlan, resolve: Answer): Promise<void> {
    await this.#preparing;
    // If a call of tmux has failed in the meantime, the request has its answer.
    if (!this.#unprepared.delete(resolve)) return;
    if (this.#wanted.push({ plan: prepare(), resolve }) === 1) this.#openSoon();
    if (this.#ctx.monotonic() < this.#turnEnd) return;
    await new Promise((next) => setImmediate(next));
    this.#turnEnd = this.#ctx.monotonic() + LONGEST_TURN;
  }

  #openSoon(): void {
    this.#openings++;
    const soon = Promise.all([this.#opening, this.#gather()]);
    const { gate } = this.#ctx.launchers;
    const opening = gate.during(() => soon.then(() => this.#openAll()));
    this.#opening = opening.finally(() => this.#openings--);
  }

  /** Waits for requests that come at the same time; a new session is made at once, since that takes a while. */
  async #gather(): Promise<void> {
    if ((await this.current()) !== null) await this.#ctx.sleep(1);
  }

  async #openAll(): Promise<void> {
    const plans: WindowPlan[] = [];
    const answers = new Map<WindowPlan, Answer>();
    // Requests that come while windows are opened are taken into the same call.
    const more = (): WindowPlan[] => {
      const wanted = this.#wanted;
      this.#wanted = [];
      for (const { plan, resolve } of wanted) answers.set(plan, resolve);
      plans.push(...wanted.map(({ plan }) => plan));
      return wanted.map(({ plan }) => plan);
    };
    if (more().length === 0) return;
    const opened = (windows: ReadyWindow[]) => {
      for (const { plan, launcher } of windows) answers.get(plan)?.({ pid: launcher });
    };
    const failure = await this.#openPlans(plans, more, opened).catch(thrownFailure);
    if (failure === null) return;
    // All requests that wait; the others are already answered.
    more();
    for (const answer of [...answers.values(), ...this.#unprepared]) answer(failure);
    this.#unprepared.clear();
  }

  /** `plans` grows by what `more` returns. */
  async #openPlans(
    plans: WindowPlan[],
    more: () => WindowPlan[],
    onOpened: (windows: ReadyWindow[]) => void,
  ) {
    const session = await this.current();
    if (isFailure(session)) return session;
    const open = new Set<WindowPlan>();
    const on = (windows: ReadyWindow[]) => {
      for (const { plan } of windows) open.add(plan);
      onOpened(windows);
    };
    const failure = await this.#openIn(session, [...plans], { opened: on, more });
    if (failure === null) return null;
    const rest = () => plans.filter((plan) => !open.has(plan));
    return this.#openRest(session, failure, rest, { opened: on, more });
  }

  /**
   * The session may have ended since it was read, or a call of a killed command may have made one, at any moment: the windows
   * that are not open are opened in the session that is there now.
   */
  async #openRest(
    before: TmuxSession | null,
    failure: Failure,
    rest: () => WindowPlan[],
    listener: Pick<OpeningListener, "opened" | "more">,
  ): Promise<Failure | null> {
    let failed = failure;
    let session = before;
    let unseen: Failure | null = null;
    for (let attempt = 1; attempt <= MOST_TRIES && rest().length > 0; attempt++) {
      this.#turn = -1;
      const now = await this.current();
      const isOther = !isFailure(now) && !isSameSession(now, session);
      if (!isOther && !DUPLICATE.test(failed.message)) return failed;
      // That session has ended since, or this look has closed its windows, which nobody had marked.
      if (!isOther) await this.#ctx.sleep(attempt * 10);
      unseen = isFailure(now) ? now : null;
      if (isFailure(now)) continue;
      session = now;
      for (const plan of rest()) this.#ctx.launchers.renew(plan);
      const next = await this.#openIn(now, rest(), listener);
      if (next === null) return null;
      failed = next;
    }
    // For example: the session is another project's.
    return unseen ?? failed;
  }

  async #openIn(
    session: TmuxSession | null,
    plans: WindowPlan[],
    listener: Pick<OpeningListener, "opened" | "more">,
  ): Promise<Failure | null> {
    const { project, tmux, state, launchers } = this.#ctx;
    const on = {
      ...listener,
      awaited: () => this.#unprepared.size,
      environment: (names: string[]) => launchers.forget(names),
      server: (server: TmuxServer) => state.recordServer(server),
      reopening: (again: WindowPlan[]) => {
        for (const plan of again) launchers.renew(plan);
      },
      logHub: launchers.startHub(),
    };
    const found = await tmux.openWindows(project.session, session, project.configPath, plans, on);
    if (isFailure(found)) return found;
    this.#found = Promise.resolve(found);
    return null;
  }
}

/** Whether two looks have found the same session of the same server. */
export const isSameSession = (now: TmuxSession | null, before: TmuxSession | null): boolean =>
  now?.id === before?.id && now?.server.pid === before?.server.pid;
