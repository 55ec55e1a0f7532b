import type { TaskMemory } from "../../adapters/state/records.ts";
import type { Task } from "../../domain/config/config.ts";
import {
  type LaunchFacts,
  listed,
  type Staleness,
  stalenessOf,
} from "../../domain/tasks/launch-facts.ts";
import type { Context } from "../context.ts";
import { readProcessState, type TaskProcessState } from "./observe.ts";

/** The facts of the last launch; null if the taskmux that launched it did not keep them. */
export const factsOf = ({ facts, run }: TaskMemory): LaunchFacts | null =>
  facts?.run === run ? facts : null;

/** How a running launch differs from one that would be made now; null if it doesn't, or if that is unknown. */
export function stalenessNow(
  ctx: Context,
  task: Task,
  { memory, process }: TaskProcessState,
): Staleness | null {
  const then = process.kind === "alive" ? factsOf(memory) : null;
  // Without its config file, nothing says what a launch would do.
  if (then === null || ctx.project.isRecorded) return null;
  const now = ctx.environments.factsNow(task, then);
  const found = now && stalenessOf(then, now, ctx.project.directory);
  return found !== null && found.drifts.length > 0 ? found : null;
}

/** The keys of results. */
export const staleKeys = (found: Staleness | null) => ({
  stale: found?.drifts ?? [],
  stale_reason: found && staleReason(found),
});

/** A phrase that follows the task's name. */
const staleReason = ({ phrases }: Staleness): string => `runs with ${listed(phrases)}`;

/** The warning of a start that leaves a stale task alone; at most one. */
export function staleWarning(ctx: Context, task: Task): string[] {
  const found = stalenessNow(ctx, task, readProcessState(ctx, task));
  if (found === null) return [];
  return [`Task '${task.name}' ${staleReason(found)}: taskmux restart ${task.name}`];
}
