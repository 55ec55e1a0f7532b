/** A process as the kernel describes it. `startTime` distinguishes it from a later process with the same pid. */
export interface ProcessEntry {
  pid: number;
  parent: number;
  group: number;
  session: number;
  /** The foreground process group of its terminal; -1 without one. */
  foreground: number;
  /** Linux: clock ticks since boot. macOS: `ps`'s lstart in UTC, as one word: `Thu_Nov_26_20:56:10_2026`. */
  startTime: string;
  /** Changes when the process executes another program; empty if that is unknown. macOS: what `ps` shows of it. */
  image: string;
}

/** All running processes (no zombies), by pid. */
export type ProcessTable = Map<number, ProcessEntry>;
