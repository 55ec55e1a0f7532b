import type { ProcessEntry } from "../adapters/process-table.ts";
import type { TaskMarks } from "../adapters/processes.ts";
import { Failure } from "../domain/failure.ts";
import type { SignalName } from "../domain/results.ts";
import type { Context } from "./context.ts";

/** After SIGTERM, ms (contract, section 4). */
const TERM_PERIOD = 3000;

/** SIGKILL ends a process at once, unless the kernel holds it in an uninterruptible wait; ms. */
const KILL_PERIOD = 10_000;

/** How often the process table is looked at, ms: soon at first, for most tasks end in a moment. */
const FIRST_LOOK = 2;
const LONGEST_PAUSE = 25;

/** What ended a task: the strongest signal that was needed, null if nothing of it was there. */
export type Ended = { signal: SignalName | null };

/**
 * Ends every process of a task, and returns the moment none is left: C-c, `grace` seconds, SIGTERM, 3 s, SIGKILL.
 * A process that C-c couldn't reach, since it left the terminal, gets its SIGTERM as soon as all that it reached are gone.
 */
export async function stopProcesses(
  ctx: Context,
  marks: TaskMarks,
  grace: number,
): Promise<Ended | Failure> {
  const family = new Family(ctx, marks);
  if ((await family.look()).length === 0) return { signal: null };
  const isReached = interrupt(ctx, marks, family.members);
  const isOver = await family.isGone(grace * 1000, isReached);
  if (isOver && family.members.length === 0) return { signal: "SIGINT" };
  return (await family.end("SIGTERM", TERM_PERIOD)) ?? killProcesses(ctx, marks, family);
}

/** SIGKILL to every process of a task, until none is left; a Failure if the kernel holds one. */
export async function killProcesses(
  ctx: Context,
  marks: TaskMarks,
  family = new Family(ctx, marks),
): Promise<Ended | Failure> {
  if ((await family.look()).length === 0) return { signal: null };
  const ended = await family.end("SIGKILL", KILL_PERIOD);
  if (ended) return ended;
  const pids = family.members.map(({ pid }) => pid).join(", ");
  return new Failure("E900", `Task '${marks.task}': processes ${pids} live on after SIGKILL`);
}

/** C-c; tells which processes it reached, and those that they start in their terminal meanwhile: a cleanup, say. */
function interrupt(ctx: Context, marks: TaskMarks, members: ProcessEntry[]) {
  if (marks.launcher === null) {
    for (const entry of members) ctx.signals.send(entry, "SIGINT");
    return () => true;
  }
  const group = ctx.signals.interrupt(marks.launcher);
  return (entry: ProcessEntry) => entry.group === group;
}

const identity = (entry: ProcessEntry): string => `${entry.pid} ${entry.startTime}`;

/**
 * The living processes of a task; once seen, one stays in it as long as it lives.
 */
class Family {
  members: ProcessEntry[] = [];
  readonly #known = new Set<string>();

  constructor(
    private readonly ctx: Context,
    private readonly marks: TaskMarks,
  ) {}

  async look(): Promise<ProcessEntry[]> {
    this.members = await this.ctx.scan.members(this.marks, this.#known);
    for (const entry of this.members) this.#known.add(identity(entry));
    return this.members;
  }

  /** Waits until no member that counts is left; false if there is one when `period` ms are over. */
  async isGone(
    period: number,
    counts: (entry: ProcessEntry) => boolean,
    meet: (entry: ProcessEntry) => void = () => {},
  ): Promise<boolean> {
    const deadline = this.ctx.now() + period;
    let pause = FIRST_LOOK;
    // A process that forks while the table is read can be missed: gone is what isn't there twice.
    for (let misses = 0; misses < 2;) {
      if (misses === 0 && this.ctx.now() >= deadline) return false;
      if (misses === 0) await this.ctx.sleep(pause);
      pause = Math.min(pause * 1.4, LONGEST_PAUSE);
      const members = await this.look();
      members.forEach(meet);
      misses = members.some(counts) ? 0 : misses + 1;
    }
    return true;
  }

  /** Signals every member, those that come meanwhile too; null if one is left when `period` ms are over. */
  async end(signal: SignalName, period: number): Promise<Ended | null> {
    const signalled = new Set<string>();
    const meet = (entry: ProcessEntry): void => {
      const key = identity(entry);
      if (!signalled.has(key)) this.ctx.signals.send(entry, signal);
      signalled.add(key);
    };
    this.members.forEach(meet);
    return (await this.isGone(period, () => true, meet)) ? { signal } : null;
  }
}
