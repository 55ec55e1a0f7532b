import type { CommandOutcome } from "../../adapters/processes/shell.ts";
import type { Surroundings } from "../../adapters/launch/environment.ts";
import type { Hooks } from "../../domain/config/config.ts";
import { Failure, isFailure } from "../../domain/failure.ts";
import type { Context } from "../context.ts";

/**
 * The order of hooks. A start: the session's `before_start`; each task, once its dependencies are ready: its `before_start`,
 * the launch, its `after_start`; when all tasks are up or have failed, the session's `after_start`. A stop: the session's
 * `before_stop`; each task, after its dependents: its `before_stop`, the signals, its `after_stop`; the session's
 * `after_stop`. A "before" hook that fails prevents what it stands before; an "after" hook that fails is a warning.
 */
export type HookName = keyof Hooks;

/** Time limit of a hook, seconds. */
const HOOK_LIMIT = 30;

/**
 * Runs a hook, if there is one: null, or E400 with its status and last output, or E401 after its time limit. Background
 * processes of a task's hook belong to the task and have its mark; those of a session's hook end with it.
 */
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
  const mark = owner === null ? {} : { TASKMUX_RUN: `${ctx.state.scope}.${hook}` };
  const environment = { ...place.environment, ...mark, TASKMUX_HOOK: hook };
  const mayLeave = owner !== null;
  const limit = HOOK_LIMIT;
  const outcome = await ctx.runCommand({ ...place, environment, command, limit, mayLeave });
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
