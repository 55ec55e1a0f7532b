import { readFileSync } from "node:fs";

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
export function sharedOut(pids: readonly number[]): number {
  let kilobytes = 0;
  for (const pid of pids) {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    kilobytes += Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1]);
  }
  return kilobytes / 1024;
}
