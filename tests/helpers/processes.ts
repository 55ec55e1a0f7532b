import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { eventually } from "./eventually.ts";
import { macProcessesWith } from "./mac-processes.ts";

/**
 * Pids of all processes whose environment holds `entry` (NAME=value), whatever their parent or session. macOS doesn't show
 * every environment: there those count, too, whose directory begins with `path`.
 */
export function processesWith(entry: string, path?: string): number[] {
  return process.platform === "linux" ? fromProc(entry) : macProcessesWith(entry, path);
}

function fromProc(entry: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && environmentOf(name).includes(entry))
    .map(Number);
}

function environmentOf(pid: string): string[] {
  try {
    let text = readFileSync(`/proc/${pid}/environ`, "latin1");
    for (let tries = 0; text === "" && tries < LONGEST_EXEC && isBecoming(pid); tries++) {
      Bun.sleepSync(1);
      text = readFileSync(`/proc/${pid}/environ`, "latin1");
    }
    return text.split("\0");
  } catch {
    return []; // gone, or another user's
  }
}

/** Milliseconds. */
const LONGEST_EXEC = 500;

/** While a process becomes another program it has neither variables nor arguments; a zombie has no program either. */
const isBecoming = (pid: string): boolean =>
  readFileSync(`/proc/${pid}/cmdline`, "latin1") === "" && readlinkSync(`/proc/${pid}/exe`) !== "";

/** True while the process exists and is no zombie. */
export const isAlive = (pid: number): boolean => aliveAmong([pid]).length > 0;

/** Those of the processes that exist and are no zombies. */
function aliveAmong(pids: readonly number[]): number[] {
  if (process.platform === "linux") return pids.filter(isAliveInProc);
  if (pids.length === 0) return [];
  const { stdout } = Bun.spawnSync(["ps", "-o", "pid=,stat=", "-p", pids.join(",")]);
  return [...stdout.toString().matchAll(/^ *(\d+) +[^Z\s]/gm)].map(([, pid]) => Number(pid));
}

function isAliveInProc(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(")") + 2));
  } catch {
    return false; // gone
  }
}

/** Sends a signal; a process that is gone already is fine. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {}
}

/** SIGKILLs every process that {@link processesWith} finds, and returns when none is left. */
export async function endProcessesWith(entry: string, path?: string): Promise<void> {
  await eventually(() => {
    const left = aliveAmong(processesWith(entry, path));
    for (const pid of left) signal(pid, "SIGKILL");
    return left.length === 0;
  });
}
