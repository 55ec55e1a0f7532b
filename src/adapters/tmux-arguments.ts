import { Failure } from "../domain/failure.ts";
import { tmuxInstallHint } from "./platform.ts";

// What is said to tmux, and what it answers: values in, values out.

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

export const showEnvironment = (target: string): string[][] => [
  ["show-environment", "-g"],
  ["show-environment", "-t", target],
];

/** Commands as the words of one call. */
export const chained = (words: string[], commands: string[][]): string[] =>
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
