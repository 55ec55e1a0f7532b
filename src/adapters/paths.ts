import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** The user's home directory: $HOME as tmux and the shells see it, else the one of the passwd entry. */
export const homeDirectory = (): string => process.env["HOME"] || homedir();

/** `~/.taskmux`: everything taskmux keeps. Directories in it are 0700, files 0600. */
export const stateHome = (): string => join(homeDirectory(), ".taskmux");

/** `~/.taskmux/run/SESSION`: lock, server record and task directories of a session. */
export const runDirectory = (session: string): string => join(stateHome(), "run", session);

/** `~/.taskmux/logs/SESSION`. */
export const logDirectory = (session: string): string => join(stateHome(), "logs", session);

/** Where a task's log is: its `log_file`, or `~/.taskmux/logs/SESSION/TASK.log`. */
export const logPath = (session: string, task: { name: string; log_file: string | null }): string =>
  task.log_file ?? join(logDirectory(session), `${task.name}.log`);

/** Makes a directory and its missing parents, for this user's eyes only. */
export function makePrivateDirectory(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
}
