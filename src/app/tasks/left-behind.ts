import type { Task } from "../../domain/config/config.ts";
import { type LeftProcess, mayHaveLeft } from "../../domain/tasks/left-behind.ts";
import type { EventBody } from "../../domain/events.ts";
import type { Context } from "../context.ts";
import type { TaskSnapshot } from "./observe.ts";
import { runningMembers } from "./task-marks.ts";

/** Time for processes that end together with their command, ms, and the pause between two looks. */
const SETTLING = 300;
const PAUSE = 20;

/** What a task that went to the background has running now; nothing for any other task. */
export async function leftNow(
  ctx: Context,
  task: Task,
  { state, process }: Pick<TaskSnapshot, "state" | "process">,
): Promise<LeftProcess[]> {
  const end = process.kind === "ended" ? process.end : null;
  if (!mayHaveLeft(task, state, end)) return [];
  return described(ctx, await membersOf(ctx, task));
}

/** The same, once the processes that end together with the command are gone. */
export async function leftBehind(ctx: Context, task: Task): Promise<LeftProcess[]> {
  const deadline = ctx.monotonic() + SETTLING;
  for (;;) {
    const pids = await membersOf(ctx, task);
    if (pids.length === 0) return [];
    if (ctx.monotonic() >= deadline) return described(ctx, pids);
    await ctx.sleep(PAUSE);
  }
}

/** Records that a task went to the background, for a command; with a monitor, that does it. */
export function recordDetached(ctx: Context, task: Task, left: readonly LeftProcess[]): void {
  if (ctx.monitor() === null && !ctx.willMonitor) ctx.record(detached(task, left));
}

/** The event of a task that went to the background. */
export const detached = ({ name }: Task, left: readonly LeftProcess[]): EventBody => ({
  event: "task_detached",
  task: name,
  pids: left.map(({ pid }) => pid),
});

const membersOf = async (ctx: Context, { name }: Task): Promise<number[]> =>
  (await runningMembers(ctx, name)).map(({ pid }) => pid);

/** Leaves out processes that have ended since. */
async function described(ctx: Context, pids: number[]): Promise<LeftProcess[]> {
  const found = pids.map(async (pid) => {
    const command = ctx.describeCommand(pid);
    return command === null ? [] : [{ pid, command, ports: await ctx.ports.portsOf([pid]) }];
  });
  return (await Promise.all(found)).flat();
}

/** A look at what a task left behind, which takes a moment. */
export class BackgroundLook {
  /** Null: not known yet. */
  left: LeftProcess[] | null = null;
  readonly looking: Promise<void>;

  constructor(ctx: Context, task: Task) {
    // What can't be looked at now (too many open files, for example) is not claimed.
    const found = leftBehind(ctx, task).catch((): LeftProcess[] => []);
    this.looking = found.then((left) => void (this.left = left));
  }
}
