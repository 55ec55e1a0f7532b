import { readLease } from "../../adapters/state/lease.ts";
import { OwnLogs } from "../../adapters/logs/own.ts";
import type { Context, Use } from "../../app/context.ts";
import type { LogReading } from "../../app/logs/launch-log.ts";
import { wait } from "../../app/commands/wait.ts";
import type { WaitResult } from "../../domain/results/wait.ts";
import type { Goal } from "../../domain/diagnosis/wait.ts";

/** The arguments of `wait`. */
interface WaitArguments {
  tasks: string[];
  for: Goal | undefined;
  log: string | undefined;
  new: boolean;
  /** Seconds. */
  timeout: number;
}

/** `taskmux wait`. A monitor may start or end in the meantime, so its lease is read each time. */
export async function waitFor(ctx: Context, args: WaitArguments): Use<WaitResult> {
  const { tasks, log = null, timeout } = args;
  const request = {
    names: tasks,
    // With only --log, the task's health doesn't matter.
    goal: args.for ?? (log === null ? "healthy" : null),
    log,
    onlyNew: args.new,
    timeout,
  } as const;
  return wait({ ...ctx, monitor: () => readLease(ctx.project) }, request, readingOf(ctx));
}

function readingOf({ state }: Context): LogReading {
  const logs = new OwnLogs(state);
  return {
    openLog: (source) => logs.open(source),
    follow: (source, newest) => logs.follow(source, newest),
  };
}
