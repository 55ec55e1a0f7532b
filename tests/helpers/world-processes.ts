import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import type { World } from "./world.ts";

/**
 * Pids of all processes of a world, whatever their environment, parent or session. Linux only. To it belongs what names
 * its directory in the environment, the command line, the working directory or an open file, and every descendant of that.
 */
export function worldProcesses({ root }: Pick<World, "root">): number[] {
  const processes = allProcesses().filter(({ pid }) => pid !== process.pid);
  const found = new Set(processes.filter(({ pid }) => names(pid, root)).map(({ pid }) => pid));
  let [before, isComplete] = [0, false];
  while (!isComplete) {
    before = found.size;
    for (const { pid, parent } of processes) if (found.has(parent)) found.add(pid);
    isComplete = found.size === before;
  }
  return [...found];
}

/** Pids of the processes that have a file open under `directory`, this one not among them. */
export const processesWithOpen = (directory: string): number[] =>
  allProcesses()
    .map(({ pid }) => pid)
    .filter((pid) => pid !== process.pid && openFiles(pid).some(isIn(directory)));

function names(pid: number, root: string): boolean {
  const texts = ["environ", "cmdline"].map((name) => readOr(`/proc/${pid}/${name}`));
  const isNamed = texts.some(
    (text) => `${text}/`.includes(`${root}/`) || text.includes(`${root}\0`),
  );
  return isNamed || [linkOr(`/proc/${pid}/cwd`), ...openFiles(pid)].some(isIn(root));
}

const isIn =
  (directory: string) =>
  (path: string): boolean =>
    `${path}/`.startsWith(`${directory}/`);

function openFiles(pid: number): string[] {
  const directory = `/proc/${pid}/fd`;
  try {
    return readdirSync(directory).map((name) => linkOr(join(directory, name)));
  } catch {
    return []; // gone
  }
}

function allProcesses(): { pid: number; parent: number }[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map((name) => ({ pid: Number(name), parent: parentOf(name) }));
}

/** 0 for a process that is gone. */
function parentOf(pid: string): number {
  const stat = readOr(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] ?? 0);
}

function readOr(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

function linkOr(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
