import type { ProcessIdentity } from "../../adapters/processes/table.ts";
import type { TaskMemory } from "../../adapters/state/records.ts";
import type { Task } from "../../domain/config/config.ts";
import type { Context } from "../context.ts";
import { readProcessState } from "./observe.ts";
import { factsOf, stalenessNow } from "./staleness.ts";

/**
 * How a restart finds out that another command launched a task after the restart was requested: `never`; since the `call`
 * of the command; or since this `process` began, if it runs only this command.
 */
export type Joining = "never" | "call" | "process";

/** What a restart remembers of the time when it was requested. */
export interface RequestedRestart {
  joins: Joining;
  /** The last launch of each task at that time. */
  runs: ReadonlyMap<string, string | null>;
  /** Whether this process began as this command: then its begin is the request. */
  isFromBegin: boolean;
}

/** Call it before the lock is taken: others may hold it for long. */
export const requestedNow = (ctx: Context, joins: Joining): RequestedRestart => ({
  joins,
  isFromBegin: joins === "process" && ctx.isOnlyProgram(),
  runs: new Map(
    ctx.project.config.tasks.map(({ name }) => [name, ctx.state.task(name).memory().run]),
  ),
});

/**
 * Whether a task runs as a restart would launch it, since after the restart was requested: then there is nothing left to do.
 * The lock must be held.
 */
export function isJoined(ctx: Context, task: Task, asked: RequestedRestart): boolean {
  const { joins, runs } = asked;
  const state = readProcessState(ctx, task);
  const { memory, process, want } = state;
  if (joins === "never" || process.kind !== "alive" || want !== "up") return false;
  const isNew = memory.run !== runs.get(task.name);
  if (!isNew && !(joins === "process" && isSince(ctx, asked, process, memory))) return false;
  // The other command may have read the config before it was changed for this restart.
  return factsOf(memory) !== null && stalenessNow(ctx, task, state) === null;
}

/**
 * Whether a launch came after the begin of this process. The process's start time alone would be that of the shell which ran
 * something else before it became this process (`make && exec taskmux restart`); then the program's begin counts, which on a
 * busy machine is much later. The time of the launch alone could be of a clock that was set back since.
 */
function isSince(
  ctx: Context,
  { isFromBegin }: RequestedRestart,
  process: ProcessIdentity,
  { launchedAt }: TaskMemory,
): boolean {
  const began = ctx.now() - ctx.monotonic();
  return ctx.isYounger(process) && (isFromBegin || (launchedAt !== null && launchedAt >= began));
}
