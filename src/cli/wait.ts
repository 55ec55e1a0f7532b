import { readLease } from "../adapters/lease.ts";
import { LogFile } from "../adapters/log-files.ts";
import { LogFollower } from "../adapters/log-follow.ts";
import type { Context, Use } from "../app/context.ts";
import type { LogReading } from "../app/launch-log.ts";
import { wait } from "../app/wait.ts";
import { Failure } from "../domain/failure.ts";
import type { WaitResult } from "../domain/results-wait.ts";
import { didYouMean } from "../domain/suggest.ts";
import type { Goal } from "../domain/waiting.ts";
import type { Input } from "./commands.ts";

/** Seconds that `wait` waits where `--timeout` doesn't say. */
const DEFAULT_WAIT = 60;

const goals: readonly Goal[] = ["healthy", "exited", "stopped"];

const reading: LogReading = {
  openLog: ({ task, path }) => new LogFile(task, path),
  follow: ({ task, path }, newest) => new LogFollower(task, path, newest),
};

/** `taskmux wait`. A monitor may come and go meanwhile, so its lease is looked at each time. */
export async function waitFor(ctx: Context, { names, flags }: Input): Use<WaitResult> {
  const log = (flags["log"] as string | undefined) ?? null;
  const text = flags["for"] as string | undefined;
  const goal = goals.find((one) => one === text) ?? null;
  if (text !== undefined && goal === null) return noGoal(text);
  const request = {
    names,
    // Whoever asks for a line of the log alone means just that.
    goal: goal ?? (log === null ? "healthy" : null),
    log,
    timeout: (flags["timeout"] as number | undefined) ?? DEFAULT_WAIT,
  } as const;
  const { session } = ctx.project;
  return wait({ ...ctx, monitor: () => readLease(session) }, request, reading);
}

function noGoal(text: string): Failure {
  const allowed = `${goals.slice(0, -1).join(", ")} or ${goals.at(-1)}`;
  const hint = didYouMean(text, goals) ?? undefined;
  return new Failure("E500", `--for takes ${allowed}, not '${text}'`, hint);
}
