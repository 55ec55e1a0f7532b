import { isInit, reapOrphans } from "../../adapters/processes/orphans.ts";
import type { Context } from "../../app/context.ts";
import { stop } from "../../app/commands/stop.ts";
import { type Failure, isFailure } from "../../domain/failure.ts";

/** Whether the tasks are stopped when a long-running command ends. */
export const stopsOnExit = (isAsked: boolean): boolean => isAsked || isInit();

/** Runs a long-running command until a signal, then stops the tasks if requested; returns the closing message. */
export async function stay(
  run: () => Promise<void>,
  stops: boolean,
  context: () => Context,
): Promise<string | Failure> {
  const endReaping = reapOrphans();
  await run();
  if (!stops) return "No longer monitored; the tasks keep running. See: taskmux status";
  const answer = await stop(context(), { names: [] });
  endReaping();
  return isFailure(answer) ? answer : "No longer monitored; the tasks were stopped";
}
