import type { CommandOutcome } from "../adapters/commands.ts";
import type { Surroundings } from "../adapters/task-environment.ts";
import type { Hooks } from "../domain/config.ts";
import { Failure, isFailure } from "../domain/failure.ts";
import type { Context } from "./context.ts";

export type HookName = keyof Hooks;

/** Seconds that a hook may take (contract, section 4). */
const HOOK_LIMIT = 30;

/** Runs a hook if there is one: null, or E400 with its status and last output, E401 if its time was up. */
export async function runHook(
  ctx: Context,
  hooks: Hooks,
  hook: HookName,
  owner: string | null,
  surroundings: () => Surroundings | Failure,
): Promise<Failure | null> {
  const command = hooks[hook];
  if (command === null) return null;
  const place = surroundings();
  if (isFailure(place)) return place;
  const environment = { ...place.environment, TASKMUX_HOOK: hook };
  const outcome = await ctx.runCommand({ ...place, environment, command, limit: HOOK_LIMIT });
  if (outcome.status === 0) return null;
  const task = owner === null ? {} : { task: owner };
  ctx.record({ event: "hook_failed", ...task, hook, exit_code: outcome.status });
  return hookFailure(hook, owner, outcome);
}

function hookFailure(hook: HookName, owner: string | null, outcome: CommandOutcome): Failure {
  const name = owner === null ? `Hook ${hook}` : `Hook ${hook} of task '${owner}'`;
  const said = outcome.output === "" ? "" : `: ${outcome.output}`;
  if (outcome.timedOut) return new Failure("E401", `${name} took over ${HOOK_LIMIT} s${said}`);
  const how = outcome.signal ? `was ended by ${outcome.signal}` : `failed with ${outcome.status}`;
  return new Failure("E400", `${name} ${how}${said}`);
}
