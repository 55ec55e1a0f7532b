import { Failure, isFailure } from "../domain/failure.ts";
import { tmuxEnvironment } from "./environment.ts";
import { tmuxInstallHint } from "./platform.ts";
import {
  chained,
  chainedCalls,
  checkVersion,
  exactly,
  listPanesArguments,
  openWindowsCalls,
  parseEnvironmentNames,
  parsePanes,
  showEnvironment,
  type TmuxSession,
  type WindowPlan,
} from "./tmux-arguments.ts";

interface Answer {
  ok: boolean;
  output: string;
  error: string;
}

const NO_SERVER =
  /no server running|error connecting to|no such file|can't find|no sessions|no current target/i;

/** A server that is just ending refuses, or takes the call with it. The next call starts a new one. */
const ENDING_SERVER = /server exited unexpectedly|lost server|no server running|error connecting/i;
const MOST_TRIES = 20;

/** The one place that runs tmux. `socket` is the server that has the session, as far as it is known. */
export class Tmux {
  constructor(
    private readonly directory: string,
    private socket: string | null = null,
  ) {}

  /** The session called exactly `name`, or null. */
  async findSession(name: string): Promise<TmuxSession | null | Failure> {
    const known = await this.#listPanes(name);
    if (known !== null || this.socket === null) return known;
    // The server it was last seen on has it no more: it may have been made anew on the usual one.
    const isUsual = this.socket === usualSocket();
    this.socket = null;
    if (isUsual) return null;
    return this.#listPanes(name);
  }

  async #listPanes(name: string): Promise<TmuxSession | null | Failure> {
    // The colon makes it a session's name: without it tmux looks for a window of that name first, in any session.
    const answer = await this.#run(listPanesArguments(`${exactly(name)}:`));
    if (isFailure(answer)) return answer;
    if (answer.ok) return parsePanes(answer.output);
    if (NO_SERVER.test(answer.error) || ENDING_SERVER.test(answer.error)) return null;
    return this.#failure(answer);
  }

  /** Opens windows, in a session made for them if there is none, and returns it with them. */
  async openWindows(
    name: string,
    session: TmuxSession | null,
    configPath: string,
    plans: WindowPlan[],
    on: {
      /** Called first, with the names of what tmux put into the windows' environment. */
      environment(names: string[]): void;
      /** Called as soon as these are open. */
      opened(plans: WindowPlan[]): void;
    },
  ): Promise<TmuxSession | Failure> {
    const calls = openWindowsCalls(name, session ?? { configPath }, plans);
    let output = "";
    for (const { words, opened } of calls) {
      const answer = await this.#runUntilServed(words);
      if (isFailure(answer)) return answer;
      if (!answer.ok) return this.#failure(answer);
      if (words === calls[0]?.words) on.environment(parseEnvironmentNames(answer.output));
      output = answer.output;
      on.opened(opened);
    }
    return parsePanes(output) ?? new Failure("E602", `tmux did not list session '${name}'`);
  }

  async #runUntilServed(call: string[]): Promise<Answer | Failure> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#run(call);
      if (isFailure(answer) || answer.ok) return answer;
      if (call[0] !== "new-session" || attempt === MOST_TRIES) return answer;
      if (!ENDING_SERVER.test(answer.error)) return answer;
      await Bun.sleep(attempt * 5);
    }
  }

  /** The names of what the session's panes have in their environment. */
  async environmentNames(session: TmuxSession): Promise<string[]> {
    const answer = await this.#run(chained([], showEnvironment(session.id)));
    return isFailure(answer) ? [] : parseEnvironmentNames(answer.output);
  }

  /** Ends panes by id. A window goes with its last pane, a session with its last window. */
  async killPanes(paneIds: string[]): Promise<void> {
    const calls = chainedCalls(paneIds.map((id) => ["kill-pane", "-t", id]));
    const answers = await Promise.all(calls.map((call) => this.#run(call)));
    const failed = answers.some((answer) => !isFailure(answer) && !answer.ok);
    // A chain ends at the first pane that is gone already; the rest is then ended one by one.
    if (failed) await Promise.all(paneIds.map((id) => this.#run(["kill-pane", "-t", id])));
  }

  /** What runs in a pane just now, as tmux sees it. */
  async describePane(paneId: string): Promise<{ command: string; path: string } | null> {
    const format = "#{pane_id}|#{pane_current_command}|#{pane_current_path}";
    const answer = await this.#run(["list-panes", "-t", paneId, "-F", format]);
    if (isFailure(answer)) return null;
    const row = answer.output.split("\n").find((line) => line.startsWith(`${paneId}|`));
    const [, command = "", ...path] = row?.split("|") ?? [];
    return row === undefined ? null : { command, path: path.join("|") };
  }

  /**
   * Tells when a window of the session closes, and when the session or its server ends. A control client without output costs the server
   * nothing, and hears of both at once; it needs tmux 3.2. Without one the caller's own looks must do.
   */
  watchSession(name: string, onNews: () => void, onEnd: () => void): SessionWatch {
    const flags = ["-E", "-f", "no-output,ignore-size,read-only"];
    const server = this.socket === null ? [] : ["-S", this.socket];
    const words = [...server, "-C", "attach-session", ...flags, "-t", `${exactly(name)}:`];
    const environment = tmuxEnvironment();
    // tmux refuses to attach inside itself, but for control clients with their own server named.
    delete environment["TMUX"];
    const child = Bun.spawn([tmuxPath(), "-u", ...words], {
      env: environment,
      stdin: "pipe",
      stdout: "pipe",
      stderr: "ignore",
    });
    void hearNews(child.stdout, onNews).finally(onEnd);
    return { isAlive: () => child.exitCode === null && !child.killed, end: () => child.kill() };
  }

  /** Joins this terminal to the session, at a window if one is named; returns when it has left it again. */
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

  /** E602, or E601 where the reason is plainly the version. */
  async #failure(answer: Answer): Promise<Failure> {
    const version = await this.#run(["-V"]);
    const isOld = isFailure(version)
      ? null
      : checkVersion(version.output.trim().replace(/^tmux /, ""));
    return isOld ?? new Failure("E602", `tmux failed: ${answer.error || "it gave no reason"}`);
  }

  async #run(words: string[]): Promise<Answer | Failure> {
    const path = tmuxPath();
    if (path === "") return new Failure("E600", "tmux not found in PATH", tmuxInstallHint());
    const server = this.socket === null ? [] : ["-S", this.socket];
    const child = Bun.spawn([path, "-u", ...server, ...words], {
      cwd: this.directory,
      env: tmuxEnvironment(),
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const [output, error, status] = await Promise.all([
      child.stdout.text(),
      child.stderr.text(),
      child.exited,
    ]);
    return { ok: status === 0, output, error: error.trim() };
  }
}

/** tmux(1): the server of the pane that we run in, else the user's default one. */
function usualSocket(): string {
  const [inside] = process.env["TMUX"]?.split(",") ?? [];
  return inside || `${process.env["TMUX_TMPDIR"] || "/tmp"}/tmux-${process.getuid?.()}/default`;
}

/** A control client at work. */
export interface SessionWatch {
  isAlive(): boolean;
  end(): void;
}

/** What a control client says when something that we care for has gone. */
const NEWS = /^%(window-close|unlinked-window-close|exit|session-changed)/m;

async function hearNews(output: ReadableStream<Uint8Array>, onNews: () => void): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of output) {
    if (NEWS.test(decoder.decode(chunk, { stream: true }))) onNews();
  }
}

const tmuxPath = (): string => Bun.which("tmux") ?? "";
