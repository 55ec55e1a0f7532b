import type { Pane } from "../../adapters/tmux/arguments.ts";
import { growingPauses } from "../../domain/values/pauses.ts";
import type { Context } from "../context.ts";
import type { Launcher } from "./session.ts";

/** Time limit for a launcher to record an end, and for the log hub to log it, ms. */
const RECORD_PERIOD = 1000;
const LOG_PERIOD = 2000;

/** How often to ask why nothing is logged, ms: that reads several files. */
const REASON_PAUSE = 50;

/** Waits until the launcher has recorded an end, a moment after the process table shows it. */
export async function onRecord(
  ctx: Context,
  task: string,
  launcher: Launcher | null,
): Promise<void> {
  const files = ctx.state.task(task);
  const { run } = files.memory();
  if (run === null || launcher === null) return;
  await holds(ctx, RECORD_PERIOD, () => files.runs.hasEnded(run));
}

/** Waits for the log hub: what tmux has not yet passed on would be lost with the pane. */
export async function logged(ctx: Context, pane: Pane): Promise<void> {
  if (!pane.dead) await outputLogged(ctx, pane.task ?? "");
}

/** Waits until the last lines of a task's run are in the log, if it has ended; `period` ms at most. */
export async function outputLogged(ctx: Context, task: string, period = LOG_PERIOD): Promise<void> {
  const files = ctx.state.task(task);
  const { run } = files.memory();
  if (run === null || !files.runs.hasEnded(run)) return;
  let asked = ctx.monotonic();
  const isLost = (): boolean => {
    if (ctx.monotonic() - asked < REASON_PAUSE) return false;
    asked = ctx.monotonic();
    return files.logError() !== null;
  };
  await holds(ctx, period, () => files.output.isLogged(run) || isLost());
}

async function holds(ctx: Context, period: number, condition: () => boolean): Promise<void> {
  const deadline = ctx.monotonic() + period;
  const pause = growingPauses(1, 20);
  while (!condition() && ctx.monotonic() < deadline) await ctx.sleep(pause());
}
