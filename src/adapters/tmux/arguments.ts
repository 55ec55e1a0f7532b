import { Failure } from "../../domain/failure.ts";
import { tmuxInstallHint } from "./install-hint.ts";

// The arguments and the output formats of tmux, as pure functions.

/** A tmux server; the start time distinguishes it from a later one on the same socket. */
export interface TmuxServer {
  socket: string;
  pid: number;
  startTime: string;
}

/** A pane of the session. `task` is taskmux's mark; a pane of the user has none. */
export interface Pane {
  windowId: string;
  paneId: string;
  /** The pid of the pane's process; in a task's pane its launcher, or the keeper of that. */
  pid: number;
  dead: boolean;
  task: string | null;
  /** Whether its output goes to a pipe, of taskmux or another program. */
  piped: boolean;
}

/** A tmux session. `configPath` is taskmux's mark; null: not a session of taskmux. */
export interface TmuxSession {
  server: TmuxServer;
  id: string;
  configPath: string | null;
  panes: Pane[];
}

/** A session of taskmux: its name, and the absolute path of its config. */
export interface MarkedSession {
  name: string;
  configPath: string;
}

/** A window to open: its task, and the command to run in it. */
export interface WindowPlan {
  task: string;
  launcher: string[];
  /** The shell command that gets its output, run by the server. */
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
  "pane_pipe",
]
  .map((name) => `#{${name}}`)
  .join("|");

/**
 * tmux accepts at most 16,364 bytes of arguments in one call, and from 3.7 at most 1,000 arguments. The rest is reserved
 * for queries.
 */
const MOST_BYTES = 15_000;
const MOST_ARGUMENTS = 900;

/** Lists every pane of the session with exactly this name. */
export const listPanesArguments = (target: string): string[] => [
  "list-panes",
  "-s",
  "-t",
  target,
  "-F",
  LIST_FORMAT,
];

const SESSION_FORMAT = "session|#{session_name}|#{@taskmux_config}";

/** Lists every session of the server. */
export const listSessionsArguments = (): string[] => ["list-sessions", "-F", SESSION_FORMAT];

/** Lists every session of the server, then the panes of one: a command that fails ends the call. */
export const listAllArguments = (target: string): string[] =>
  chained([listSessionsArguments(), listPanesArguments(target)]);

export const exactly = (name: string): string => `=${name}`;

/** The colon makes it the name of a session: otherwise tmux first looks for a window with that name, in any session. */
export const listArguments = (name: string, isForAll: boolean): string[] =>
  (isForAll ? listAllArguments : listPanesArguments)(`${exactly(name)}:`);

/** An opened window: its session, its pane, and the pids of the server and of the pane's process. */
export interface OpenedWindow {
  session: string;
  pane: string;
  server: number;
  process: number;
}

/** The output for each opened window. Hooks may open more windows after a command; only this pane is the task's. */
const openedFormat = (task: string): string =>
  `taskmux|${task}|#{session_id}|#{pane_id}|#{pid}|#{pane_pid}`;

/** Parses the output of calls that open windows: the window of each task. */
export function parseOpened(output: string): Map<string, OpenedWindow> {
  const lines = output.matchAll(/^taskmux\|([^|\n]+)\|(\$\d+)\|(%\d+)\|(\d+)\|(\d+)$/gm);
  return new Map(
    [...lines].map(([, task, session, pane, server, process]) => [
      task!,
      { session: session!, pane: pane!, server: Number(server), process: Number(process) },
    ]),
  );
}

/**
 * The call that creates a session with the window of `plan`. With `afterHooks` it ends after the `session-created` hooks:
 * if a hook sets `destroy-unattached`, the session would end as soon as this client exits.
 */
export function newSessionCall(
  name: string,
  configPath: string,
  plan: WindowPlan,
  afterHooks: boolean,
): string[] {
  const target = `${exactly(name)}:`;
  // A detached session is 80x24 by default, and tools would wrap their output.
  const size = ["-x", "200", "-y", "50"];
  const print = ["-P", "-F", openedFormat(plan.task)];
  const { task, launcher } = plan;
  return chained([
    ["new-session", "-d", ...print, "-s", name, "-n", task, ...size, ...launcher],
    // Set in the same call: if the command is killed before it marks the window, the session is still recognized.
    ["set-option", "-t", target, "@taskmux_config", encodePath(configPath)],
    ...(afterHooks ? [["run-shell", "true"]] : []),
    ["set-option", "-t", target, "destroy-unattached", "off"],
  ]);
}

/** The command that adds a window at the end of a session, given by its id. */
const newWindow = (session: string, { task, launcher }: WindowPlan): string[] => [
  ...`new-window -d -a -t ${session}:{end} -n ${task} -P -F ${openedFormat(task)}`.split(" "),
  ...launcher,
];

/** Configures a new session, given by its first pane: hooks may have renamed it and set their own options. */
export const dressSession = (pane: string, name: string, configPath: string): string[][] => [
  ["set-option", "-t", pane, "@taskmux_config", encodePath(configPath)],
  // A user's global `destroy-unattached on` would end it at once.
  ["set-option", "-t", pane, "destroy-unattached", "off"],
  ["rename-session", "-t", pane, name],
];

/** Configures a task's pane: the mark, the options that must not depend on the user's settings, and the pipe to its log. */
export const dressPane = (
  pane: string,
  { task, pipe }: Omit<WindowPlan, "launcher">,
): string[][] => [
  // Pane options: a window's options would apply to the user's splits too.
  ["set-option", "-p", "-t", pane, "@taskmux_task", task],
  ["set-option", "-p", "-t", pane, "allow-rename", "off"],
  ["set-option", "-p", "-t", pane, "remain-on-exit", "off"],
  ["pipe-pane", "-t", pane, pipe],
];

/** Runs a shell command as a child of the server; its output and its errors would be shown in the target's pane. */
export const runInBackground = (target: string, command: string): string[] => [
  "run-shell",
  "-b",
  "-t",
  target,
  command,
];

/** One call: `commands`, then as many of these windows as fit, `most` at most; and the plans of those windows. */
export function newWindowsCall(
  commands: string[][],
  session: string,
  plans: readonly WindowPlan[],
  most: number,
): { words: string[]; plans: WindowPlan[] } {
  let words = chained(commands);
  const opened: WindowPlan[] = [];
  for (const plan of plans.slice(0, most)) {
    const longer = chained([newWindow(session, plan)], words);
    if (words.length > 0 && isTooLong(longer)) break;
    words = longer;
    opened.push(plan);
  }
  return { words, plans: opened };
}

export const showEnvironment = (target: string): string[][] => [
  ["show-environment", "-g"],
  ["show-environment", "-t", target],
];

/** Commands as the arguments of one call, after `words`. */
export const chained = (commands: string[][], words: string[] = []): string[] =>
  [...words, ...commands.flatMap((command) => [";", ...command])].slice(words.length > 0 ? 0 : 1);

/** Packs commands into as few calls as tmux's limits allow. */
export function chainedCalls(commands: string[][]): string[][] {
  const calls: string[][] = [];
  for (const command of commands) {
    const last = calls.at(-1);
    const words = chained([command], last);
    if (last && !isTooLong(words)) calls[calls.length - 1] = words;
    else calls.push(command);
  }
  return calls;
}

const isTooLong = (words: string[]): boolean =>
  words.length > MOST_ARGUMENTS ||
  words.reduce((sum, word) => sum + Buffer.byteLength(word) + 1, 0) > MOST_BYTES;

/** Encodes a path in hexadecimal for a mark: tmux 3.4 prints `$x` in an option as `\$x`. */
export const encodePath = (path: string): string => Buffer.from(path).toString("hex");
const decodePath = (mark: string): string => Buffer.from(mark, "hex").toString();

/** Whether a line is a row of {@link listPanesArguments}; other output of the call comes before. */
const isRow = (line: string): boolean => /^\d+\|\d+\|/.test(line);

/** Parses the output of {@link listPanesArguments}. */
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
      piped: row[10] !== "0",
    })),
  };
}

/** The sessions of taskmux in the output of {@link listAllArguments}. */
export function parseSessions(output: string): MarkedSession[] {
  const rows = output.matchAll(/^session\|([^|\n]+)\|([0-9a-f]+)$/gm);
  return [...rows].map(([, name = "", mark = ""]) => ({ name, configPath: decodePath(mark) }));
}

/** The variable names in the output of `show-environment`; further lines of a multi-line value may look like names too. */
export function parseEnvironmentNames(output: string): string[] {
  const names = output.split("\n").flatMap((line) => {
    const name = isRow(line) ? undefined : /^([^=\s]+)=/.exec(line)?.[1];
    return name ?? [];
  });
  return [...new Set(names)];
}

/** The oldest tmux with pane options. */
const OLDEST = { major: 3, minor: 0 };

/** E601 if this version of tmux is too old; development builds ("master", "next-3.8") pass. */
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
