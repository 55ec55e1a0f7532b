import { readFile } from "node:fs/promises";
import type { ProcessUsage } from "../../domain/tasks/usage.ts";
import { system } from "../system/platform.ts";
import { readPsUsage } from "./ps-usage.ts";
import type { ProcessIdentity } from "./table.ts";

/** What each of these processes uses now, by pid. Those that have ended are missing. */
export async function readUsage(
  processes: readonly ProcessIdentity[],
  on = system,
): Promise<Map<number, ProcessUsage>> {
  if (on !== "linux") return readPsUsage(processes);
  const found = new Map<number, ProcessUsage>();
  const read = async (process: ProcessIdentity) => {
    const usage = await usageOf(process);
    if (usage !== null) found.set(process.pid, usage);
  };
  await Promise.all(processes.map(read));
  return found;
}

async function usageOf({ pid, startTime }: ProcessIdentity): Promise<ProcessUsage | null> {
  const memory = await memoryOf(pid);
  // Read last: if the process is still the same one, the memory was its own too.
  const found = parseStatUsage((await textOf(`/proc/${pid}/stat`)) ?? "");
  if (found === null || memory === null || found.startTime !== startTime) return null;
  return { cpu: found.cpu, memory, threads: found.threads };
}

/** The kernel refuses `smaps_rollup` of a process that has changed its user, and has none before 4.14. */
async function memoryOf(pid: number): Promise<number | null> {
  const share = parseKilobytes((await textOf(`/proc/${pid}/smaps_rollup`)) ?? "", "Pss");
  return share ?? parseKilobytes((await textOf(`/proc/${pid}/status`)) ?? "", "VmRSS");
}

const textOf = (path: string): Promise<string | null> => readFile(path, "latin1").catch(() => null);

/** Bytes in a line like `Pss:    1234 kB`; null without such a line. */
export function parseKilobytes(text: string, name: string): number | null {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text);
  return found === null ? null : Number(found[1]) * 1024;
}

/** Linux counts CPU time in ticks of 10 ms in /proc, whatever the kernel's own clock is (USER_HZ). */
const TICK = 10;

/** proc(5): fields count from the last `)`. Null for a zombie, and for an unexpected text. */
export function parseStatUsage(
  stat: string,
): (Omit<ProcessUsage, "memory"> & { startTime: string }) | null {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, user, kernel, threads, startTime] = [0, 11, 12, 17, 19].map((at) => fields[at]);
  if (startTime === undefined || state === "Z" || state === "X") return null;
  return { cpu: (Number(user) + Number(kernel)) * TICK, threads: Number(threads), startTime };
}
