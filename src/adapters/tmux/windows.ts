import { Failure, isFailure } from "../../domain/failure.ts";
import type { TmuxAnswer } from "./call.ts";
import {
  chained,
  dressPane,
  dressSession,
  listPanesArguments,
  newSessionCall,
  newWindowsCall,
  type OpenedWindow,
  parseEnvironmentNames,
  parseOpened,
  parsePanes,
  runInBackground,
  showEnvironment,
  type TmuxServer,
  type TmuxSession,
  type WindowPlan,
} from "./arguments.ts";
import { openFiles } from "./server.ts";

/** Callbacks while windows are opened. */
export interface OpeningListener {
  /** Called first, with the names of the variables that tmux puts into the windows' environment. */
  environment(names: string[]): void;
  /** Called as soon as the server is known. */
  server(server: TmuxServer): void;
  /** Called before windows that have closed at once are opened again: their processes may still be running for a moment. */
  reopening(plans: WindowPlan[]): void;
  /** Called as soon as these windows are ready: marked, and piped to their logs. */
  opened(windows: ReadyWindow[]): void;
  /** Called between two calls of tmux; returns windows that are to be opened too. */
  more(): WindowPlan[];
  /** How many windows it will return later. */
  awaited(): number;
  /** The shell command that starts the session's log hub; null if it is running. */
  readonly logHub: string | null;
}

/** A ready window, and the pid of its launcher. */
export interface ReadyWindow {
  plan: WindowPlan;
  launcher: number;
}

/** Runs tmux. Returns a Failure also if tmux printed an error with status 0. */
type Run = (words: string[]) => Promise<TmuxAnswer | Failure>;

/** A server that is shutting down refuses a new session, or ends during the call. The next call starts a new server. */
const ENDING_SERVER = /server exited unexpectedly|lost server|no server running|error connecting/i;
const MOST_TRIES = 20;

/** Maximum number of windows opened in one call, and in the first one: tasks are launched while the next call runs. */
const MOST_WINDOWS = 12;
const FIRST_WINDOWS = 4;

/** Descriptors of a pane in the server: its terminal and its pipe. Clients, jobs and other parts need some too. */
const FILES_A_PANE = 2;
const FILES_IN_RESERVE = 24;

/**
 * Opens windows, in two calls each: the user's hooks run after a command, so the mark and the pipe are set in a later call,
 * by the pane id that the first call printed. That call opens the next windows too. The launcher in a window waits until
 * all is ready.
 */
export class WindowOpener {
  #listed: TmuxSession | null = null;
  #hasOpened = false;
  /** The id of the session, and the pid of the server. */
  #session = "";
  #server = 0;
  /** The windows to open. */
  #plans: WindowPlan[] = [];
  /** Opened windows that are not ready. */
  #opened: Opened[] = [];
  /** Maximum number of windows that the next call opens. */
  #most = FIRST_WINDOWS;
  /** Commands that configure a new session, until it is. */
  #marks: string[][] = [];
  readonly #run: Run;
  readonly #failureOf: (answer: TmuxAnswer) => Promise<Failure>;
  readonly #name: string;
  readonly #configPath: string;
  readonly #on: OpeningListener;

  constructor(
    run: Run,
    failureOf: (answer: TmuxAnswer) => Promise<Failure>,
    name: string,
    configPath: string,
    on: OpeningListener,
  ) {
    this.#run = run;
    this.#failureOf = failureOf;
    this.#name = name;
    this.#configPath = configPath;
    this.#on = on;
  }

  /** Opens windows in the session, or in a new one; returns the session with all its panes. */
  async open(session: TmuxSession | null, plans: WindowPlan[]): Promise<TmuxSession | Failure> {
    this.#plans = [...plans];
    if (session !== null) {
      this.#session = session.id;
      this.#server = session.server.pid;
    }
    const failed =
      session === null ? await this.#openSession(this.#plans.shift()!) : this.#shortOfFiles();
    return (
      failed ??
      (await this.#openWindows()) ??
      this.#listed ??
      new Failure("E602", `tmux did not list session '${this.#name}'`)
    );
  }

  async #openSession(plan: WindowPlan): Promise<Failure | null> {
    const failed = await this.#openFirst(plan, false);
    if (failed !== null) return failed;
    const first = this.#opened;
    const short = this.#shortOfFiles();
    if (short !== null) {
      const closed = await this.#run(["kill-pane", "-t", first[0]![0].pane]);
      return isFailure(closed) ? closed : short;
    }
    const next = await this.#openNext();
    if (next !== "unclear") return next;
    if ((await this.#dress(first)) === null) return null;
    // Hooks may have ended the session at once: the second attempt waits for them.
    this.#on.reopening([plan]);
    return (await this.#openFirst(plan, true)) ?? (await this.#dress(this.#opened));
  }

  async #openFirst(plan: WindowPlan, afterHooks: boolean): Promise<Failure | null> {
    const words = newSessionCall(this.#name, this.#configPath, plan, afterHooks);
    const answer = await this.#runUntilServed(words);
    if (isFailure(answer)) return answer;
    const window = parseOpened(answer.output).get(plan.task);
    if (window === undefined) return this.#failureOf(answer);
    this.#session = window.session;
    this.#server = window.server;
    this.#opened = [[window, plan]];
    this.#marks = dressSession(window.pane, this.#name, this.#configPath);
    return null;
  }

  async #runUntilServed(words: string[]): Promise<TmuxAnswer | Failure> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#run(words);
      if (isFailure(answer) || parseOpened(answer.output).size > 0) return answer;
      if (attempt === MOST_TRIES || !ENDING_SERVER.test(answer.error)) return answer;
      await Bun.sleep(attempt * 5);
    }
  }

  /** Takes the windows that have come in the meantime, and returns why they can't all be opened, if they can't. */
  #shortOfFiles(): Failure | null {
    this.#plans.push(...this.#on.more());
    return shortOfFiles(this.#server, this.#plans.length + this.#on.awaited());
  }

  async #openWindows(): Promise<Failure | null> {
    for (;;) {
      const short = this.#shortOfFiles();
      if (this.#plans.length + this.#opened.length === 0) return null;
      const before = this.#opened;
      const next = await this.#openNext(short === null);
      const failed = next === "unclear" ? await this.#dressAll(before) : next;
      if (failed !== null || short !== null) return failed ?? short;
    }
  }

  /**
   * Makes the opened windows ready, and opens the next ones if it `may`, in one call. Unclear: none was opened, so the others
   * may not be ready either.
   */
  async #openNext(may = true): Promise<Failure | null | "unclear"> {
    const before = this.#opened;
    if (before.length === 0 && !may) return null;
    const most = may ? this.#most : 0;
    this.#most = Math.min(this.#most * 2, MOST_WINDOWS);
    const dressing = before.length === 0 ? [] : this.#dressCommands(before);
    const { words, plans } = newWindowsCall(dressing, this.#session, this.#plans, most);
    const isLast = plans.length === 0;
    const isListed = before.length > 0 && (isLast || !this.#hasOpened);
    const answer = await this.#run(isListed ? this.#withList(words) : words);
    if (isFailure(answer)) return answer;
    const windows = parseOpened(answer.output);
    this.#opened = plans.flatMap((plan): Opened[] => {
      const window = windows.get(plan.task);
      return window === undefined ? [] : [[window, plan]];
    });
    this.#plans = this.#plans.filter(({ task }) => !windows.has(task));
    // A chain of commands stops at the first one that fails.
    const isFound = isListed && this.#list(answer);
    if (isFound || this.#opened.length > 0) this.#ready(before, answer);
    else if (before.length > 0) return "unclear";
    if (this.#opened.length === plans.length) return null;
    return (await this.#dressAll(this.#opened)) ?? this.#failureOf(answer);
  }

  /** A chain of commands stops at the first missing pane: then each pane is configured in a separate call. */
  async #dressAll(windows: Opened[]): Promise<Failure | null> {
    if (windows.length === 0 || (await this.#dress(windows)) === null) return null;
    let failed: Failure | null = null;
    for (const window of windows) failed = (await this.#dress([window])) ?? failed;
    return failed;
  }

  /** Makes opened windows ready. */
  async #dress(windows: Opened[]): Promise<Failure | null> {
    const answer = await this.#run(this.#withList(chained(this.#dressCommands(windows))));
    if (isFailure(answer)) return answer;
    if (!this.#list(answer)) return this.#failureOf(answer);
    this.#opened = [];
    this.#ready(windows, answer);
    return null;
  }

  #dressCommands(windows: Opened[]): string[][] {
    const target = `${this.#session}:`;
    const { logHub } = this.#on;
    return [
      ...(this.#hasOpened ? [] : showEnvironment(target)),
      ...this.#marks,
      ...(this.#hasOpened || logHub === null ? [] : [runInBackground(target, logHub)]),
      ...windows.flatMap(([{ pane }, plan]) => dressPane(pane, plan)),
    ];
  }

  #withList = (words: string[]): string[] =>
    chained([listPanesArguments(`${this.#session}:`)], words);

  /** Takes the session from the answer; false if it isn't there. */
  #list({ ok, output }: TmuxAnswer): boolean {
    const listed = ok ? parsePanes(output) : null;
    if (listed === null) return false;
    if (this.#listed === null) this.#on.server(listed.server);
    this.#listed = listed;
    return true;
  }

  #ready(windows: Opened[], { output }: TmuxAnswer): void {
    if (windows.length === 0) return;
    if (!this.#hasOpened) this.#on.environment(parseEnvironmentNames(output));
    this.#hasOpened = true;
    this.#marks = [];
    this.#on.opened(windows.map(([{ process }, plan]) => ({ plan, launcher: process })));
  }
}

type Opened = [window: OpenedWindow, plan: WindowPlan];

/** Fails early if descriptors are short: tmux hangs for good at its limit of open files. */
function shortOfFiles(server: number, windows: number): Failure | null {
  const files = openFiles(server);
  const wanted = windows * FILES_A_PANE + FILES_IN_RESERVE;
  if (files === null || files.open + wanted <= files.limit) return null;
  return new Failure(
    "E602",
    `tmux's server (pid ${server}) may have ${files.limit} files open and has ${files.open}: ` +
      `${windows} more windows need about ${wanted}`,
    `Raise its limit: prlimit --pid ${server} --nofile=4096 (or ulimit -n 4096 before tmux starts)`,
  );
}
