import { readdirSync, readFileSync } from "node:fs";
import { eventually } from "./eventually.ts";

/** Pids of all processes whose environment holds `entry` (NAME=value), whatever their parent or session. */
export function processesWith(entry: string): number[] {
  return process.platform === "linux" ? fromProc(entry) : fromPs(entry);
}

function fromProc(entry: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && environmentOf(name).includes(entry))
    .map(Number);
}

function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0");
  } catch {
    return []; // gone, or another user's
  }
}

function fromPs(entry: string): number[] {
  const { stdout } = Bun.spawnSync(["ps", "-A", "-E", "-ww", "-o", "pid=,command="]);
  return stdout
    .toString()
    .split("\n")
    .filter((line) => line.split(" ").includes(entry))
    .map((line) => Number.parseInt(line, 10));
}

/** True while the process exists and is no zombie. */
export function isAlive(pid: number): boolean {
  const { stdout } = Bun.spawnSync(["ps", "-o", "stat=", "-p", String(pid)]);
  const stat = stdout.toString().trim();
  return stat !== "" && !stat.startsWith("Z");
}

/** Sends a signal; a process that is gone already is fine. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {}
}

/** SIGKILLs every process with `entry` in its environment, and returns when none is left. */
export async function endProcessesWith(entry: string): Promise<void> {
  await eventually(() => {
    const left = processesWith(entry).filter(isAlive);
    for (const pid of left) signal(pid, "SIGKILL");
    return left.length === 0;
  });
}
