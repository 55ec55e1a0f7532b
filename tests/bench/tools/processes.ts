import { readFileSync } from "node:fs";
import { join } from "node:path";
import { processesWithOpen, worldProcesses } from "../../helpers/world-processes.ts";
import type { World } from "../../helpers/world.ts";
import { cpuTime, sharedOut } from "../measure.ts";
import type { CpuGroup } from "./cpu-group.ts";
import { isLacking, type Tool } from "./tool.ts";

/** What a tool takes of the memory for itself, MB, and tmux's part. */
export interface Memory {
  own: number;
  /** The part of `own` that no file backs. */
  private: number;
  tmux: number;
  /** How many processes share `own`. */
  processes: number;
}

/** CPU time since an earlier moment, ms. */
export interface CpuTime {
  /** Of the tool's processes that live; tmux's and the tasks' are not among them. */
  own: number;
  /** Of all processes, also of those that ended; null where the system doesn't let us count it. */
  all: number | null;
}

/** All processes of a world in which a tool runs. */
export class ToolProcesses {
  readonly #world: World;
  readonly #tool: Tool;
  readonly #group: CpuGroup | null;
  /** The tasks' processes that live. */
  readonly tasks = new Set<number>();

  constructor(world: World, tool: Tool, group: CpuGroup | null) {
    this.#world = world;
    this.#tool = tool;
    this.#group = group;
  }

  /** Throws where a process that writes the tool's logs is not among those counted. */
  memory(): Memory {
    const { own, tmux } = this.#found();
    this.#assertLogWritersAmong(own);
    return {
      own: sharedOut(own),
      private: sharedOut(own, "Pss_Anon"),
      tmux: sharedOut(tmux),
      processes: own.length,
    };
  }

  /** Begins to count CPU time; what it returns tells how much it is since. */
  cpuTime(): () => CpuTime {
    const times = new Map(this.#found().own.map((pid) => [pid, cpuTime(pid)]));
    const used = this.#group?.used();
    return () => {
      const all = used === undefined ? null : this.#group!.used() - used;
      const grown = this.#found().own.map((pid) => cpuTime(pid) - (times.get(pid) ?? 0));
      return { own: grown.reduce((sum, time) => sum + Math.max(0, time), 0), all };
    };
  }

  /** Pids of the processes that write the tool's logs. */
  logWriters(): number[] {
    const { logs } = this.#tool;
    if (isLacking(logs)) return [];
    const writing = processesWithOpen(join(this.#world.home, logs));
    const named = worldProcesses(this.#world).filter((pid) => /__log-/.test(commandLine(pid)));
    return [...new Set([...writing, ...named])].filter((pid) => !this.tasks.has(pid));
  }

  /** Those of the tool, and those of tmux. */
  #found(): { own: number[]; tmux: number[] } {
    const pids = worldProcesses(this.#world).filter((pid) => !this.tasks.has(pid));
    const isTmux = (pid: number) => programName(pid).startsWith("tmux");
    const { own = [], tmux = [] } = Object.groupBy(pids, (pid) => (isTmux(pid) ? "tmux" : "own"));
    return { own, tmux };
  }

  #assertLogWritersAmong(own: readonly number[]): void {
    if (isLacking(this.#tool.logs)) return;
    const writers = this.logWriters();
    const missed = writers.filter((pid) => !own.includes(pid));
    if (writers.length > 0 && missed.length === 0) return;
    throw new Error(`log writers: ${writers.length}, not counted: ${missed.join(", ") || "all"}`);
  }
}

const programName = (pid: number): string => readOr(`/proc/${pid}/comm`);

const commandLine = (pid: number): string => readOr(`/proc/${pid}/cmdline`);

function readOr(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
