import { readdirSync, readFileSync } from "node:fs";

/** The shortest of `count` runs, in ms: what else the machine does only ever adds. */
export function fastest(count: number, run: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < count; turn++) {
    const start = performance.now();
    run();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** A pause of 1 to 50 ms, spread evenly, the same in each run. */
export const milliseconds = (turn: number): number => 1 + ((turn * 17) % 50);

/** What all these processes together take of the memory, in MB: shared pages count once. Linux only. */
export function sharedOut(pids: readonly number[], part: "Pss" | "Pss_Anon" = "Pss"): number {
  const kilobytes = pids.map((pid) => {
    const rollup = readOr(`/proc/${pid}/smaps_rollup`);
    return Number(new RegExp(`^${part}:\\s+(\\d+)`, "m").exec(rollup)?.[1] ?? 0);
  });
  return kilobytes.reduce((sum, each) => sum + each, 0) / 1024;
}

/** CPU time of all living threads of a process, ms, to the microsecond; 0 for one that is gone. Linux only. */
export function cpuTime(pid: number): number {
  const times = threadsOf(pid).map((thread) =>
    Number(readOr(`/proc/${pid}/task/${thread}/schedstat`).split(" ")[0]),
  );
  return times.reduce((sum, time) => sum + time, 0) / 1e6;
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

function readOr(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
