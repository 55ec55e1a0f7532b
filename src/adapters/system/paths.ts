import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { withPath } from "./files.ts";

/** The user's home directory: $HOME, as for tmux and shells, else from the passwd entry; null without either. */
export function homeDirectory(): string | null {
  if (process.env["HOME"]) return process.env["HOME"];
  try {
    return homedir();
  } catch {
    return null;
  }
}

/**
 * `~/.taskmux`, the directory of all taskmux files. Directories in it have mode 0700, files 0600. Commands that write there
 * have checked for a home directory before (see state-home.ts).
 */
export function stateHome(): string {
  const home = homeDirectory();
  if (home === null) throw new Error("no home directory");
  return join(home, ".taskmux");
}

/** `~/.taskmux/run/SESSION`: the lock, the server record and the task directories of a session. */
export const runDirectory = (session: string): string => join(stateHome(), "run", session);

/** The unix socket of a session's daemon, which its port relays to. */
export const apiSocketPath = (session: string): string => join(runDirectory(session), "api.sock");

/** `~/.taskmux/logs/SESSION`. */
export const logDirectory = (session: string): string => join(stateHome(), "logs", session);

/** The path of a task's log: its `log_file`, or `~/.taskmux/logs/SESSION/TASK.log`. */
export const logPath = (session: string, task: { name: string; log_file: string | null }): string =>
  task.log_file ?? join(logDirectory(session), `${task.name}.log`);

/** Makes a directory and its missing parents, with mode 0700. */
export function makePrivateDirectory(path: string): void {
  // An error names the requested path, not its first missing parent.
  withPath(path, () => mkdirSync(path, { recursive: true, mode: 0o700 }));
}
