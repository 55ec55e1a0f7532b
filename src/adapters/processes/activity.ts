import { readFileSync } from "node:fs";
import type { ProcessActivity } from "../../domain/tasks/settling.ts";
import { system } from "../system/platform.ts";

/** The kernel counts CPU time for /proc in units of this length, ms (USER_HZ, which is 100 on all that Bun runs on). */
const TICK = 10;

/** What a process is doing; null if it is gone, or without /proc. */
export function readActivity(pid: number, on = system): ProcessActivity | null {
  if (on !== "linux") return null;
  try {
    return parseActivity(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return null;
  }
}

/** proc(5): the name is in parentheses and may contain anything, so fields count from the last `)`. */
export function parseActivity(stat: string): ProcessActivity {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0]!, cpu: (Number(fields[11]) + Number(fields[12])) * TICK };
}
