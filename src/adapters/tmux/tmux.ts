import { existsSync } from "node:fs";
import { Failure, isFailure } from "../../domain/failure.ts";
import { growingPauses } from "../../domain/values/pauses.ts";
import { tmuxEnvironment } from "../system/environment.ts";
import {
  chained,
  chainedCalls,
  checkVersion,
  dressPane,
  listArguments,
  listSessionsArguments,
  type MarkedSession,
  parseEnvironmentNames,
  parsePanes,
  parseSessions,
  runInBackground,
  showEnvironment,
  type TmuxSession,
  type WindowPlan,
} from "./arguments.ts";
import { type TmuxAnswer, type CallKind, callTmux, tmuxPath } from "./call.ts";
import { askForSocket, hasChild, isServerAlive, isTrusted, type RecordedServer } from "./server.ts";
import { silence, unsaidReason, usualSocket } from "./reasons.ts";
import { typeInto } from "./typing.ts";
import { type SessionWatch, watchSession } from "./watch.ts";
import { type OpeningListener, WindowOpener } from "./windows.ts";

const NO_SERVER =
  /no server running|error connecting to|no such file|server exited unexpectedly|lost server/i;
const NO_SESSION = /can't find|no sessions|no current target/i;

/** How long a server may take to recreate its socket, ms. */
const SOCKET_LIMIT = 5000;

/** A busy machine may need this long for one call of tmux, ms: a shorter limit of a command doesn't show that tmux hangs. */
const SHORTEST_LIMIT = 2000;

export interface TmuxOptions {
  /** The working directory of tmux; a new server keeps it. */
  directory: string;
  /** The recorded server of the session, if any. */
  recorded: RecordedServer | null;
  /** Whether a process is a launcher of this session. */
  isLauncher(pid: number): boolean;
  /** Called with a sentence if tmux takes long. */
  notice(sentence: string): void;
}

/** The only place that runs tmux. */
export class Tmux {
  #server: RecordedServer | null;
  /** By performance.now(). */
  #deadline = Infinity;
  readonly #options: TmuxOptions;
  #ahead: { words: string[]; answer: Promise<TmuxAnswer | Failure> } | null = null;

  constructor(options: TmuxOptions) {
    this.#options = options;
    this.#server = options.recorded;
  }

  /** Whether a server is likely to answer. */
  get mayBeRunning(): boolean {
    return this.#server === null ? existsSync(usualSocket()) : isServerAlive(this.#server);
  }

  /** Limits all calls to the next `ms`, but to no less than {@link SHORTEST_LIMIT}, for a command with a time limit. */
  answerWithin(ms: number): void {
    this.#deadline = performance.now() + Math.max(ms, SHORTEST_LIMIT);
  }

  /** The session with exactly this name, or null. `onListed` gets all sessions of taskmux on its server. */
  async findSession(name: string, onListed?: Listed): Promise<TmuxSession | null | Failure> {
    const known = await this.#look(name, onListed);
    if (typeof known !== "string") return known;
    const recorded = this.#server;
    if (recorded === null) return null;
    const reached = isServerAlive(recorded) ? await this.#reach(recorded, name, known) : null;
    if (reached !== null) return reached;
    // The recorded server no longer has it; it may have been created again on the default one.
    this.#server = null;
    if (recorded.socket === usualSocket()) return null;
    const usual = await this.#look(name, onListed);
    return typeof usual === "string" ? null : usual;
  }

  /** The sessions of taskmux on the server; none if it doesn't answer because it has ended. */
  async markedSessions(): Promise<MarkedSession[] | Failure> {
    const answer = await this.#run(listSessionsArguments());
    if (isFailure(answer)) return answer;
    if (answer.ok) return parseSessions(answer.output);
    const isNone = NO_SERVER.test(answer.error) || NO_SESSION.test(answer.error);
    return isNone ? [] : this.#failure(answer);
  }

  /**
   * Asks for a session before the answer is needed: the next {@link findSession} for it takes this answer. `isForAll`: as
   * if with `onListed`. Returns once tmux has answered; it needs no `await`.
   */
  async askAhead(name: string, isForAll: boolean): Promise<void> {
    const words = listArguments(name, isForAll);
    const answer = this.#run(words);
    this.#ahead = { words, answer };
    // Its errors are for the caller that takes the answer.
    await Promise.allSettled([answer]);
  }

  #answerTo(words: string[]): Promise<TmuxAnswer | Failure> {
    const ahead = this.#ahead;
    this.#ahead = null;
    return ahead !== null && Bun.deepEquals(ahead.words, words) ? ahead.answer : this.#run(words);
  }

  async #look(name: string, onListed?: Listed): Promise<TmuxSession | Missing | Failure> {
    const answer = await this.#answerTo(listArguments(name, onListed !== undefined));
    if (isFailure(answer)) return answer;
    onListed?.(parseSessions(answer.output));
    const found = answer.ok ? parsePanes(answer.output) : null;
    if (found !== null) return found;
    if (NO_SERVER.test(answer.error)) return "no server";
    return answer.ok || NO_SESSION.test(answer.error) ? "no session" : this.#failure(answer);
  }

  /**
   * Asks a running server for the session if its socket doesn't lead to it: cleaners of /tmp remove sockets, and another
   * server may have been started at the same path since. Null: it doesn't have the session.
   */
  async #reach(server: RecordedServer, name: string, missing: Missing) {
    if (missing === "no server") return this.#restoreSocket(server, name);
    const answer = await this.#run(["display-message", "-p", "#{pid}"]);
    const answering = isFailure(answer) ? 0 : Number(answer.output);
    const isAnothers = answering > 0 && answering !== server.pid;
    if (!isAnothers || !hasChild(server.pid, this.#options.isLauncher)) return null;
    return new Failure(
      "E602",
      `Another tmux server has taken the socket of session '${name}': ${server.socket}`,
      `To give it back to the session's server: kill -USR1 ${server.pid}`,
    );
  }

  async #restoreSocket(server: RecordedServer, name: string) {
    const deadline = performance.now() + SOCKET_LIMIT;
    const pause = growingPauses(5, 500);
    for (;;) {
      askForSocket(server);
      await Bun.sleep(pause());
      const found = await this.#look(name);
      if (found === "no session") return null;
      if (found !== "no server") return found;
      // It was shutting down.
      if (!isServerAlive(server)) return null;
      if (performance.now() > deadline) return silence(this.#server);
    }
  }

  /** Opens windows, in a new session if there is none, and returns the session with its windows. */
  openWindows(
    name: string,
    session: TmuxSession | null,
    configPath: string,
    plans: WindowPlan[],
    on: OpeningListener,
  ): Promise<TmuxSession | Failure> {
    const run = (words: string[]) => this.#run(words, "opening");
    const failureOf = (answer: TmuxAnswer) => this.#failure(answer);
    return new WindowOpener(run, failureOf, name, configPath, on).open(session, plans);
  }

  /** Explains why new windows closed at once, if one of the user's options is the reason. */
  async whyEnded(): Promise<Failure | null> {
    const words = chained([["start-server"], ["show-options", "-sv", "exit-unattached"]]);
    const answer = await this.#run(words, "opening");
    if (isFailure(answer) || answer.output.trim() !== "on") return null;
    return new Failure(
      "E602",
      "tmux's option exit-unattached is on: its server exits when no client is attached",
      "Remove it from tmux.conf: tasks need a server that keeps running.",
    );
  }

  /** Marks a task's pane, and pipes it to its log, replacing any other pipe. */
  async dressPane(paneId: string, plan: Omit<WindowPlan, "launcher">): Promise<Failure | null> {
    const answer = await this.#run(chained(dressPane(paneId, plan)));
    if (isFailure(answer)) return answer;
    return answer.ok ? null : this.#failure(answer);
  }

  /** Runs a shell command as a child of the server, which doesn't wait for it. */
  async runInBackground(session: TmuxSession, command: string): Promise<Failure | null> {
    const answer = await this.#run(runInBackground(`${session.id}:`, command));
    if (isFailure(answer)) return answer;
    return answer.ok ? null : this.#failure(answer);
  }

  /** Types a text into a pane, unless it is empty, then keys; E602 if the pane is gone. */
  async type(paneId: string, text: string, keys: readonly string[]): Promise<Failure | null> {
    const run = (words: string[], input?: string) => this.#run(words, "question", input);
    const answer = await typeInto(run, paneId, text, keys);
    if (isFailure(answer)) return answer;
    return answer.ok ? null : this.#failure(answer);
  }

  /** The names of the variables in the environment of the session's panes. */
  async environmentNames(session: TmuxSession): Promise<string[]> {
    const answer = await this.#run(chained(showEnvironment(session.id)));
    return isFailure(answer) ? [] : parseEnvironmentNames(answer.output);
  }

  /**
   * Kills panes by id. A window ends with its last pane, a session with its last window. Panes that are gone already are
   * no failure; E602 if tmux doesn't answer.
   */
  async killPanes(paneIds: string[]): Promise<Failure | null> {
    const kills = paneIds.map((id) => ["kill-pane", "-t", id]);
    const run = (calls: string[][]) => Promise.all(calls.map((call) => this.#run(call)));
    let answers = await run(chainedCalls(kills));
    const isMissing = answers.some((answer) => !isFailure(answer) && !answer.ok);
    // A chain of commands stops at the first missing pane; then the rest are killed one by one.
    if (isMissing) answers = await run(kills);
    return answers.find(isFailure) ?? null;
  }

  /** The command and directory of a pane now, as tmux reports them. */
  async describePane(paneId: string): Promise<{ command: string; path: string } | null> {
    const format = "#{pane_id}|#{pane_current_command}|#{pane_current_path}";
    const answer = await this.#run(["list-panes", "-t", paneId, "-F", format]);
    if (isFailure(answer)) return null;
    const row = answer.output.split("\n").find((line) => line.startsWith(`${paneId}|`));
    const [, command = "", ...path] = row?.split("|") ?? [];
    return row === undefined ? null : { command, path: path.join("|") };
  }

  /** Calls back when a window of the session closes, and when the session or its server ends; from tmux 3.2 on. */
  watchSession(name: string, onChange: () => void, onEnd: () => void): SessionWatch {
    return watchSession(name, this.#serverWords(), onChange, onEnd);
  }

  /** Attaches this terminal to the session, at a window if given; returns when it has detached. */
  async attach(session: TmuxSession, windowId: string | null): Promise<Failure | null> {
    const select = windowId ? ["select-window", "-t", windowId, ";"] : [];
    const inside = process.env["TMUX"]?.startsWith(`${session.server.socket},`) ?? false;
    const join = [inside ? "switch-client" : "attach-session", "-t", session.id];
    const argv = [tmuxPath(), "-u", "-S", session.server.socket, ...select, ...join];
    const environment = tmuxEnvironment();
    if (!inside) delete environment["TMUX"];
    const stdio = { stdin: "inherit", stdout: "inherit", stderr: "inherit" } as const;
    const status = await Bun.spawn(argv, { env: environment, ...stdio }).exited;
    return status === 0 ? null : new Failure("E602", `tmux ended with status ${status}`);
  }

  /** E602 with tmux's own reason, or E601 if the version is clearly the reason. */
  async #failure(answer: TmuxAnswer): Promise<Failure> {
    const version = await this.#run(["-V"]);
    const isOld = isFailure(version)
      ? null
      : checkVersion(version.output.trim().replace(/^tmux /, ""));
    if (isOld) return isOld;
    const ended = NO_SERVER.test(answer.error) ? await this.whyEnded() : null;
    if (ended) return ended;
    const TMUX = process.env["TMUX"];
    const isGone = TMUX !== undefined && !existsSync(usualSocket());
    const hint = isGone ? `TMUX names a server that no longer runs: ${TMUX}. Unset it.` : undefined;
    const reason = answer.error || unsaidReason(this.#server);
    return new Failure("E602", `tmux failed: ${reason}`, hint);
  }

  #serverWords(): string[] {
    return this.#server === null ? [] : ["-S", this.#server.socket];
  }

  async #run(
    words: string[],
    kind: CallKind = "question",
    input?: string,
  ): Promise<TmuxAnswer | Failure> {
    const { directory, notice } = this.#options;
    const server = this.#server;
    if (server !== null && !isTrusted(server.socket)) {
      return new Failure("E602", `The directory of ${server.socket} belongs to another user`);
    }
    const left = this.#deadline - performance.now();
    const onSilence = () => notice(`${silence(this.#server).message}; waiting for it`);
    const all = [...this.#serverWords(), ...words];
    return (
      (await callTmux(all, { kind, directory, left, input, onSilence })) ?? silence(this.#server)
    );
  }
}

/** Gets the sessions of taskmux on a server. */
type Listed = (sessions: MarkedSession[]) => void;

/** Why no session was found. */
type Missing = "no server" | "no session";
