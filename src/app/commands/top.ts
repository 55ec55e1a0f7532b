import type { ProcessEntry } from "../../adapters/processes/table.ts";
import type { Task } from "../../domain/config/config.ts";
import type { TaskUsage, Top } from "../../domain/results/top.ts";
import {
  cpuPercent,
  type ProcessUsage,
  totalOf,
  type Usage,
  type UsageReading,
} from "../../domain/tasks/usage.ts";
import type { Context } from "../context.ts";
import { observe } from "../tasks/observe.ts";
import { runningMembers } from "../tasks/task-marks.ts";

/** What one look at all processes has found, by pid. */
interface Look {
  at: number;
  usages: ReadonlyMap<number, ProcessUsage>;
  ports: ReadonlyMap<number, number[]>;
}

/** Measures what tasks use. Their shares of the CPU are those since its reading before. */
export class UsageMeter {
  #before = new Map<string, UsageReading>();

  async read(ctx: Context, tasks: readonly Task[]): Promise<Top> {
    const members = await Promise.all(tasks.map(({ name }) => runningMembers(ctx, name)));
    const look = await lookAt(ctx, members.flat());
    const readings = new Map<string, UsageReading>();
    const items = tasks.map((task, index) => {
      const reading = readingOf(members[index] ?? [], look);
      readings.set(task.name, reading);
      return itemOf(ctx, task, look, { before: this.#before.get(task.name) ?? null, reading });
    });
    this.#before = readings;
    const at = new Date(ctx.now()).toISOString();
    return { session: ctx.project.session, at, tasks: items, total: sumOf(items) };
  }
}

async function lookAt(ctx: Context, processes: readonly ProcessEntry[]): Promise<Look> {
  const pids = processes.map(({ pid }) => pid);
  const [usages, ports] = await Promise.all([
    ctx.readUsage(processes),
    ctx.ports.portsByProcess(pids),
  ]);
  return { at: ctx.monotonic(), usages, ports };
}

function readingOf(members: readonly ProcessEntry[], { at, usages }: Look): UsageReading {
  const processes = new Map<string, ProcessUsage>();
  for (const { pid, startTime } of members) {
    const usage = usages.get(pid);
    if (usage !== undefined) processes.set(`${pid} ${startTime}`, usage);
  }
  return { at, processes };
}

function itemOf(
  ctx: Context,
  task: Task,
  { ports }: Look,
  { before, reading }: { before: UsageReading | null; reading: UsageReading },
): TaskUsage {
  const { state, process, memory } = observe(ctx, task);
  const pids = [...reading.processes.keys()].map((key) => Number.parseInt(key, 10));
  const own = pids.flatMap((pid) => ports.get(pid) ?? []);
  const since = process.kind === "alive" ? memory.launchedAt : null;
  return {
    name: task.name,
    state,
    cpu_percent: cpuPercent(before, reading),
    ...keysOf(totalOf(reading.processes.values())),
    ports: [...new Set(own)].toSorted((a, b) => a - b),
    started_at: since === null ? null : new Date(since).toISOString(),
  };
}

const keysOf = ({ cpu, memory, threads, count }: Usage) => ({
  cpu_seconds: cpu / 1000,
  memory_bytes: memory,
  processes: count,
  threads,
});

function sumOf(items: readonly TaskUsage[]): Top["total"] {
  const shares = items.map(({ cpu_percent }) => cpu_percent);
  const total = totalOf(
    items.map((item) => ({
      cpu: Math.round(item.cpu_seconds * 1000),
      memory: item.memory_bytes,
      threads: item.threads,
    })),
  );
  const isKnown = shares.some((share) => share !== null);
  const share = shares.reduce<number>((sum, one) => sum + (one ?? 0), 0);
  return {
    cpu_percent: isKnown ? Math.round(share * 10) / 10 : null,
    ...keysOf(total),
    processes: items.reduce((sum, { processes }) => sum + processes, 0),
  };
}
