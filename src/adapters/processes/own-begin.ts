import { readFileSync } from "node:fs";

/** Ms that a program takes to begin, on a busy machine too. If more have passed, the process did something else before. */
const LONGEST_BEGIN = 5000;

/** Linux counts a process's begin in hundredths of a second (USER_HZ) since the system's start, as /proc/uptime does. */
const TICK = 10;

/**
 * Whether a process has run one program only: no shell that became this program later (`make && exec taskmux`). Such a
 * shell has waited for a child, whose page faults count as its own, or a while has passed. `stat` and `uptime` are the texts
 * of /proc/PID/stat and /proc/uptime, `age` is the time since the program began, in ms.
 */
export function isOnlyProgram(stat: string, uptime: string, age: number): boolean {
  // proc(5): the name is in parentheses and may contain anything. The fields after it begin with the third.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [faultsOfChildren, pagesReadByChildren, start] = [fields[8], fields[10], fields[19]];
  const took = Number.parseFloat(uptime) * 1000 - Number(start) * TICK - age;
  // Both clocks are rounded. A container may have an uptime of its own.
  const isSoon = took > -10 * TICK && took < LONGEST_BEGIN;
  return isSoon && faultsOfChildren === "0" && pagesReadByChildren === "0";
}

/** Whether this process has run only this program; false if that is unknown, and once it has waited for a child. */
export function isOurOnlyProgram(): boolean {
  try {
    const [stat, uptime] = ["self/stat", "uptime"].map((name) =>
      readFileSync(`/proc/${name}`, "latin1"),
    );
    return isOnlyProgram(stat!, uptime!, performance.now());
  } catch {
    return false;
  }
}
