import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { withPath } from "./files.ts";
import { system } from "./platform.ts";

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

/** The longest path of a unix socket on macOS, bytes: its `sun_path` has 104 with the final NUL. Bun takes any on Linux. */
const LONGEST_SOCKET = 103;

/** The unix socket of a session's daemon, which its port relays to. A long name of a session is shortened on macOS. */
export function apiSocketPath(session: string, on = system, home = stateHome()): string {
  const path = join(home, "run", session, "api.sock");
  if (on === "linux" || Buffer.byteLength(path) <= LONGEST_SOCKET) return path;
  const digest = new Bun.CryptoHasher("sha256").update(session).digest("hex");
  return join(home, `api-${digest.slice(0, 12)}.sock`);
}

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
