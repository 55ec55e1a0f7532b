import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../../helpers/eventually.ts";

/** A control group of Linux: it counts the CPU time of all processes that were spawned in it, also of those that ended. */
export class CpuGroup implements AsyncDisposable {
  static #made = 0;
  readonly #home: Hierarchy;
  readonly #directory: string;

  private constructor(home: Hierarchy) {
    this.#home = home;
    this.#directory = join(home.directory, `taskmux-bench-${process.pid}-${++CpuGroup.#made}`);
    mkdirSync(this.#directory);
  }

  /** Null where this process may not make one: that needs root, as a rule. */
  static make(): CpuGroup | null {
    try {
      return new CpuGroup(ownHierarchy());
    } catch {
      return null;
    }
  }

  /** What `spawn` starts, and all its descendants, belong to the group. */
  holding<T>(spawn: () => T): T {
    move(this.#directory);
    try {
      return spawn();
    } finally {
      move(this.#home.directory);
    }
  }

  /** CPU time so far, ms. */
  used(): number {
    const text = readFileSync(join(this.#directory, this.#home.counter), "utf8");
    return Number(/^(?:usage_usec )?(\d+)/m.exec(text)![1]) * this.#home.unit;
  }

  /** Waits until its processes are gone: the system keeps a group that has any. */
  async [Symbol.asyncDispose](): Promise<void> {
    await eventually(() => isRemoved(this.#directory));
  }
}

/** Where groups are made: this process's own place. `unit` is that of the counter, in ms. */
interface Hierarchy {
  directory: string;
  counter: string;
  unit: number;
}

/** cgroups(7): version 1 names its controllers in /proc/self/cgroup, version 2 has an empty name. */
function ownHierarchy(): Hierarchy {
  const lines = readFileSync("/proc/self/cgroup", "utf8");
  const first = /^\d+:(?:[^:\n]*,)?cpuacct(?:,[^:\n]*)?:(.*)$/m.exec(lines);
  if (first) {
    const directory = join("/sys/fs/cgroup/cpuacct", first[1]!);
    return { directory, counter: "cpuacct.usage", unit: 1e-6 };
  }
  const second = /^0::(.*)$/m.exec(lines)![1]!;
  return { directory: join("/sys/fs/cgroup", second), counter: "cpu.stat", unit: 1e-3 };
}

const move = (directory: string): void =>
  writeFileSync(join(directory, "cgroup.procs"), String(process.pid));

function isRemoved(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch {
    return false;
  }
}
