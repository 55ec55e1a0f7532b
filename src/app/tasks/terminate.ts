import type { ProcessEntry, ProcessIdentity } from "../../adapters/processes/table.ts";
import type { TaskMarks } from "../../adapters/processes/task-members.ts";
import { Failure } from "../../domain/failure.ts";
import type { Context } from "../context.ts";
import type { SignalName } from "../../domain/tasks/lifecycle.ts";
import { growingPauses } from "../../domain/values/pauses.ts";

/** Time limit after SIGTERM, ms. */
const TERM_PERIOD = 3000;

/** SIGKILL ends a process at once, unless the kernel holds it in an uninterruptible wait; ms. */
const KILL_PERIOD = 10_000;

/** Pause before the process table is read again, ms, if no end is seen before. */
const FIRST_PAUSE = 2;
const LONGEST_PAUSE = 50;

/** How often the processes last seen are looked at in a pause. */
const GLANCES = 10;

/** Called with each step of a stop: the signal that comes next, and after which time, ms. */
type OnPhase = (next: SignalName | null, period: number) => void;

/** The strongest signal that was needed to end a task, null if no process was running. */
export type Ended = { signal: SignalName | null };

/**
 * Ends every process of a task, and returns as soon as none is left: C-c, `grace` seconds, SIGTERM, 3 s, SIGKILL. A process
 * that C-c doesn't reach, because it left the terminal or ignores it (like a background job of a script), gets SIGTERM as
 * soon as all others are gone.
 */
export async function stopProcesses(
  ctx: Context,
  marks: TaskMarks,
  grace: number,
  onPhase: OnPhase = () => {},
): Promise<Ended | Failure> {
  const processes = new TaskProcesses(ctx, marks);
  if ((await processes.look()).length === 0) return { signal: null };
  const isReached = interrupt(ctx, marks, processes.members);
  onPhase("SIGTERM", grace * 1000);
  const isOver = await processes.isGone(grace * 1000, isReached);
  if (isOver && processes.members.length === 0) return { signal: "SIGINT" };
  onPhase("SIGKILL", TERM_PERIOD);
  const ended = await processes.end("SIGTERM", TERM_PERIOD);
  if (ended) return ended;
  onPhase(null, KILL_PERIOD);
  return killProcesses(ctx, marks, processes);
}

/** Sends SIGKILL to every process of a task, until none is left; a Failure if the kernel holds one. */
export async function killProcesses(
  ctx: Context,
  marks: TaskMarks,
  processes = new TaskProcesses(ctx, marks),
): Promise<Ended | Failure> {
  if ((await processes.look()).length === 0) return { signal: null };
  const ended = await processes.end("SIGKILL", KILL_PERIOD);
  if (ended) return ended;
  const pids = processes.members.map(({ pid }) => pid).join(", ");
  return new Failure(
    "E218",
    `Task '${marks.task}': processes ${pids} are still running after SIGKILL`,
    "The kernel holds them: ps -o pid,state,wchan shows in what.",
  );
}

/**
 * Sends C-c; returns whether a process was reached, which includes what those start in their terminal afterwards, for
 * example for cleanup. Which processes ignore C-c is read before: a handler may ignore the next one during its cleanup.
 */
function interrupt(ctx: Context, marks: TaskMarks, members: ProcessEntry[]) {
  const deaf = new Set(
    members.filter(({ pid }) => ctx.signals.ignoresInterrupt(pid)).map(identity),
  );
  if (marks.launcher === null) {
    for (const entry of members) ctx.signals.send(entry, "SIGINT");
    return (entry: ProcessEntry) => !deaf.has(identity(entry));
  }
  const group = ctx.signals.interrupt(marks.launcher);
  return (entry: ProcessEntry) => entry.group === group && !deaf.has(identity(entry));
}

const identity = (entry: ProcessIdentity): string => `${entry.pid} ${entry.startTime}`;

/**
 * The running processes of a task. A process that was seen once stays included as long as it is running.
 */
class TaskProcesses {
  members: ProcessEntry[] = [];
  readonly #known = new Set<string>();
  readonly #ctx: Context;
  readonly #marks: TaskMarks;

  constructor(ctx: Context, marks: TaskMarks) {
    this.#ctx = ctx;
    this.#marks = marks;
  }

  async look(): Promise<ProcessEntry[]> {
    this.members = await this.#ctx.scan.members(this.#marks, this.#known);
    for (const entry of this.members) this.#known.add(identity(entry));
    return this.members;
  }

  /** Waits until no counting process is left; false if there is one after `period` ms. */
  async isGone(
    period: number,
    counts: (entry: ProcessEntry) => boolean,
    onSeen: (entry: ProcessEntry) => void = () => {},
  ): Promise<boolean> {
    const deadline = this.#ctx.monotonic() + period;
    const pause = growingPauses(FIRST_PAUSE, LONGEST_PAUSE);
    // A process that forks while the table is read can be missed, so the table must be empty twice.
    for (let misses = 0; misses < 2;) {
      if (misses === 0 && this.#ctx.monotonic() >= deadline) return false;
      if (misses === 0) await this.#pause(pause(), counts);
      const members = await this.look();
      members.forEach(onSeen);
      misses = members.some(counts) ? 0 : misses + 1;
    }
    return true;
  }

  /** Waits `ms`, or until the counting processes that were last seen are gone. */
  async #pause(ms: number, counts: (entry: ProcessEntry) => boolean): Promise<void> {
    const { monotonic, sleep, scan } = this.#ctx;
    const awaited = this.members.filter(counts);
    const end = monotonic() + ms;
    do await sleep(Math.max(1, ms / GLANCES));
    while (monotonic() < end && !scan.areGone(awaited));
  }

  /** Signals every process, including new ones; null if one is left after `period` ms. */
  async end(signal: SignalName, period: number): Promise<Ended | null> {
    const signalled = new Set<string>();
    const onSeen = (entry: ProcessEntry): void => {
      const key = identity(entry);
      if (!signalled.has(key)) this.#ctx.signals.send(entry, signal);
      signalled.add(key);
    };
    this.members.forEach(onSeen);
    return (await this.isGone(period, () => true, onSeen)) ? { signal } : null;
  }
}
