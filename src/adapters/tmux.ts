import { Failure, isFailure } from "../domain/failure.ts";
import { tmuxEnvironment } from "./environment.ts";
import { tmuxInstallHint } from "./platform.ts";

/** A tmux server, told apart from a later one on the same socket. */
export interface TmuxServer {
  socket: string;
  pid: number;
  startTime: string;
}

/** One pane of the session. `task` is our mark; a user's own pane has none. */
export interface Pane {
  windowId: string;
  paneId: string;
  /** pid of the pane's process; for a pane of ours, its launcher. */
  pid: number;
  dead: boolean;
  task: string | null;
}

/** A session as tmux has it. `configPath` is our mark; null means the session isn't ours. */
export interface TmuxSession {
  server: TmuxServer;
  id: string;
  configPath: string | null;
  panes: Pane[];
}

/** A window to open: the task it is marked for, and what runs in it. */
export interface WindowPlan {
  task: string;
  launcher: string[];
  /** The log writer's shell command, run by the server. */
  pipe: string;
}

const LIST_FORMAT = [
  "pid",
  "start_time",
  "socket_path",
  "session_id",
  "@taskmux_config",
  "window_id",
  "pane_id",
  "pane_pid",
  "pane_dead",
  "@taskmux_task",
]
  .map((name) => `#{${name}}`)
  .join("|");

/** tmux takes at most 16,364 bytes of arguments in one call, and from 3.7 at most 1,000 of them. Room is left for questions. */
const MOST_BYTES = 15_000;
const MOST_ARGUMENTS = 900;

/** Asks for every pane of the session called exactly `name`. */
export const listPanesArguments = (target: string): string[] => [
  "list-panes",
  "-s",
  "-t",
  target,
  "-F",
  LIST_FORMAT,
];

export const exactly = (name: string): string => `=${name}`;

/** The commands that make a session whose first window is `plan`'s. */
function newSession(name: string, configPath: string, plan: WindowPlan): string[][] {
  const target = `=${name}:`;
  return [
    // A detached session is 80x24 by default, where tools wrap their output.
    ["new-session", "-d", "-s", name, "-n", plan.task, "-x", "200", "-y", "50", ...plan.launcher],
    ["set-option", "-t", target, "@taskmux_config", encodePath(configPath)],
    // A user's global `destroy-unattached on` would end it at once.
    ["set-option", "-t", target, "destroy-unattached", "off"],
    ...dressWindow(target, plan),
  ];
}

/** The commands that add `plan`'s window behind the last one. */
function newWindow(session: string, plan: WindowPlan): string[][] {
  const last = `${session}:{end}`;
  return [
    ["new-window", "-d", "-a", "-t", last, "-n", plan.task, ...plan.launcher],
    ...dressWindow(last, plan),
  ];
}

/** Mark and pipe are set in the same call that opens the window; the launcher waits until it is told to go. */
const dressWindow = (target: string, plan: WindowPlan): string[][] => [
  // A pane option: a window's would be inherited by the user's splits.
  ["set-option", "-p", "-t", target, "@taskmux_task", plan.task],
  ["set-option", "-w", "-t", target, "allow-rename", "off"],
  ["set-option", "-w", "-t", target, "remain-on-exit", "off"],
  ["pipe-pane", "-t", target, plan.pipe],
];

/** As many windows are opened in one call: what is open is told to run while tmux opens the next ones. */
const WINDOWS_A_CALL = 12;

/** The tmux calls that open these windows, each with its windows; the first one also shows the environment, the last one all panes. */
export function openWindowsCalls(
  name: string,
  session: { id: string } | { configPath: string },
  plans: WindowPlan[],
): { words: string[]; opened: WindowPlan[] }[] {
  const target = "id" in session ? session.id : exactly(name);
  const calls: { words: string[]; opened: WindowPlan[] }[] = [];
  for (const [index, plan] of plans.entries()) {
    const isNew = index === 0 && !("id" in session);
    const commands = isNew ? newSession(name, session.configPath, plan) : newWindow(target, plan);
    const words = chained([], commands);
    const last = calls.at(-1);
    const isFull = last === undefined || last.opened.length === WINDOWS_A_CALL;
    if (isFull || isTooLong([...last.words, ";", ...words])) calls.push({ words, opened: [plan] });
    else {
      last.words.push(";", ...words);
      last.opened.push(plan);
    }
  }
  const environment = showEnvironment(`${target}:`);
  const [first, last] = [calls[0], calls.at(-1)];
  if (first) first.words = chained(first.words, environment);
  if (last) last.words = chained(last.words, [listPanesArguments(target)]);
  return calls;
}

const showEnvironment = (target: string): string[][] => [
  ["show-environment", "-g"],
  ["show-environment", "-t", target],
];

/** Commands as the words of one call. */
const chained = (words: string[], commands: string[][]): string[] =>
  [...words, ...commands.flatMap((command) => [";", ...command])].slice(words.length > 0 ? 0 : 1);

/** Packs commands into as few calls as tmux's limits allow. */
export function chainedCalls(commands: string[][]): string[][] {
  const calls: string[][] = [];
  for (const command of commands) {
    const last = calls.at(-1);
    const words = chained(last ?? [], [command]);
    if (last && !isTooLong(words)) calls[calls.length - 1] = words;
    else calls.push(command);
  }
  return calls;
}

const isTooLong = (words: string[]): boolean =>
  words.length > MOST_ARGUMENTS ||
  words.reduce((sum, word) => sum + Buffer.byteLength(word) + 1, 0) > MOST_BYTES;

/** Marks hold letters, digits, `_` and `-` only: tmux 3.4 prints `$x` in an option as `\$x`. */
export const encodePath = (path: string): string => Buffer.from(path).toString("hex");
const decodePath = (mark: string): string => Buffer.from(mark, "hex").toString();

/** A row of {@link listPanesArguments}; what else a call prints comes before these. */
const isRow = (line: string): boolean => /^\d+\|\d+\|/.test(line);

/** Reads what {@link listPanesArguments} prints. */
export function parsePanes(output: string): TmuxSession | null {
  const lines = output.split("\n");
  const before = lines.findLastIndex((line) => line !== "" && !isRow(line));
  const rows = lines.slice(before + 1, -1).map((line) => line.split("|"));
  const [pid, startTime, socket, id, config] = rows[0] ?? [];
  if (!pid || !startTime || socket === undefined || !id) return null;
  return {
    server: { socket, pid: Number(pid), startTime },
    id,
    configPath: config ? decodePath(config) : null,
    panes: rows.map((row) => ({
      windowId: row[5] ?? "",
      paneId: row[6] ?? "",
      pid: Number(row[7]),
      dead: row[8] === "1",
      task: row[9] || null,
    })),
  };
}

/** The names of the variables that `show-environment` prints; a value's further lines may look like some more. */
export function parseEnvironmentNames(output: string): string[] {
  const names = output.split("\n").flatMap((line) => {
    const name = isRow(line) ? undefined : /^([^=\s]+)=/.exec(line)?.[1];
    return name ?? [];
  });
  return [...new Set(names)];
}

interface Answer {
  ok: boolean;
  output: string;
  error: string;
}

const NO_SERVER = /no server running|error connecting to|no such file|can't find|no sessions/i;

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
      if (output === "") on.environment(parseEnvironmentNames(answer.output));
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
   * Tells when a window of the session closes, or the server ends. A control client without output costs the server
   * nothing, and hears of both at once; it needs tmux 3.2. Without one the caller's own looks must do.
   */
  watchSession(name: string, onNews: () => void): SessionWatch {
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
    void hearNews(child.stdout, onNews).finally(onNews);
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

/** Oldest tmux with pane options. */
const OLDEST = { major: 3, minor: 0 };

/** E601 if this version of tmux lacks what taskmux needs; development builds ("master", "next-3.8") pass. */
export function checkVersion(version: string): Failure | null {
  const found = /^(\d+)\.(\d+)/.exec(version);
  if (!found) return null;
  const [major, minor] = [Number(found[1]), Number(found[2])];
  if (major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor)) return null;
  return new Failure(
    "E601",
    `tmux ${version} is too old: taskmux needs 3.0 or newer`,
    tmuxInstallHint(),
  );
}
