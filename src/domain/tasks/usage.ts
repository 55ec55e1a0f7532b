/** What a process uses. */
export interface ProcessUsage {
  /** CPU time since its start, ms. */
  cpu: number;
  /**
   * Bytes of memory. Memory that several processes share counts in parts (PSS) if that may be read; otherwise it counts in
   * each of them (RSS).
   */
  memory: number;
  /** Null if unknown: macOS's `ps` doesn't count them. */
  threads: number | null;
}

/** What several processes use together. */
export interface Usage extends ProcessUsage {
  /** The number of processes. */
  count: number;
}

/** The sum. Its `threads` is null if that of any process is. */
export function totalOf(usages: Iterable<ProcessUsage>): Usage {
  const total: Usage = { cpu: 0, memory: 0, threads: 0, count: 0 };
  for (const { cpu, memory, threads } of usages) {
    total.cpu += cpu;
    total.memory += memory;
    total.threads = total.threads === null || threads === null ? null : total.threads + threads;
    total.count++;
  }
  return total;
}

/** What the processes of a task used at a moment. */
export interface UsageReading {
  /** Monotonic, ms. */
  at: number;
  /** By pid and start time. */
  processes: ReadonlyMap<string, ProcessUsage>;
}

/**
 * The CPU time that processes used between two readings, in percent of one processor; null without an earlier reading. What
 * a process that has ended used is left out.
 */
export function cpuPercent(before: UsageReading | null, now: UsageReading): number | null {
  const elapsed = before === null ? 0 : now.at - before.at;
  if (before === null || elapsed <= 0) return null;
  let used = 0;
  for (const [key, { cpu, threads }] of now.processes) {
    const earlier = before.processes.get(key);
    // One that is new here may be older: it can have used no more than this since.
    const most = earlier === undefined ? elapsed * (threads ?? 1) : Infinity;
    used += Math.max(0, Math.min(cpu - (earlier?.cpu ?? 0), most));
  }
  return tenths((used / elapsed) * 100);
}

/** A number with one decimal. */
const tenths = (number: number): number => Math.round(number * 10) / 10;

/** What tasks are sorted by. */
interface Measured {
  name: string;
  cpu_percent: number | null;
  cpu_seconds: number;
  memory_bytes: number;
}

/** The orders of `top`. */
export const USAGE_ORDERS = ["cpu", "memory", "name"] as const;

export type UsageOrder = (typeof USAGE_ORDERS)[number];

/** Sorts by what is used, the most first, or by name; null leaves the order as it is. */
export function sortedByUsage<T extends Measured>(tasks: readonly T[], order: UsageOrder | null) {
  if (order === null) return [...tasks];
  if (order === "name") return tasks.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  if (order === "memory") return tasks.toSorted((a, b) => b.memory_bytes - a.memory_bytes);
  const share = ({ cpu_percent }: T) => cpu_percent ?? 0;
  return tasks.toSorted((a, b) => share(b) - share(a) || b.cpu_seconds - a.cpu_seconds);
}
