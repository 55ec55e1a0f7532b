import { join } from "node:path";
import { commandLine } from "../processes/description.ts";
import { parseKeeperLine } from "./keeper-line.ts";

/** The script that runs in the panes of a session; `directory` is its run directory. */
export const launcherPath = (directory: string): string => join(directory, "launcher.sh");

/** Whether a process is a launcher of the session with this run directory, or the keeper of one. */
export const isLauncherOf = (directory: string, pid: number): boolean =>
  commandLine(pid).includes(launcherPath(directory));

/** A keeper that hasn't started its program after this number of checks, 1 ms apart, never will. */
const MOST_LOOKS = 1000;

/** The pid of the launcher whose pane has the process `pid`: that process, or the one that it keeps. Null if it has ended. */
export function launcherBelow(pid: number): number | null {
  for (let looks = 0; looks < MOST_LOOKS; looks++) {
    const kept = parseKeeperLine(commandLine(pid));
    if (kept === null) return pid;
    if (kept.kind !== "starting") return kept.kind === "started" ? kept.pid : null;
    Bun.sleepSync(1);
  }
  return null;
}
