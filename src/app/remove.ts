import type { TmuxSession } from "../adapters/tmux-arguments.ts";
import { removeTask } from "../domain/config-edit.ts";
import type { Config } from "../domain/config.ts";
import { Failure, isFailure } from "../domain/failure.ts";
import { dependentsOf } from "../domain/graph.ts";
import type { Removed } from "../domain/results-config.ts";
import type { Context, Use } from "./context.ts";
import { type ConfigFile, editConfig } from "./edit-config.ts";
import { kill } from "./kill.ts";
import { tasksNamed } from "./selection.ts";
import { findSession } from "./session.ts";

/**
 * Takes a task out of the config, then kills it if it runs. E204 if another task depends on it: then, as after any
 * other failure, nothing is changed. Whoever interrupts it in between finds the task ended by the next `stop` of all.
 */
export const remove = async (
  ctx: Context,
  request: { name: string },
  file: ConfigFile,
): Use<Removed> => ctx.lock.hold(() => removeLocked(ctx, request.name, file));

async function removeLocked(ctx: Context, name: string, file: ConfigFile): Use<Removed> {
  const session = await ownSession(ctx);
  if (isFailure(session)) return session;
  const config = await editConfig(ctx, file, name, ({ text, config }) => {
    return refusal(config, name) ?? removeTask(text, name);
  });
  if (isFailure(config)) return config;
  const killed = session === "none of ours" ? null : await killOf(ctx, config, name);
  const command = config.tasks.find((task) => task.name === name)?.command ?? "";
  const { configPath: config_path } = ctx.project;
  const removed = { task: name, action: "removed", command, config_path } as const;
  if (!killed) return { result: { ok: true, ...removed } };
  const error = `Task '${name}' is removed from ${config_path}, but not ended: ${killed.message}`;
  return { result: { ok: false, error, error_code: killed.code, ...removed } };
}

/** Where the session of this name isn't this project's, or there is no tmux, no task of it runs. */
async function ownSession(ctx: Context): Promise<TmuxSession | null | "none of ours" | Failure> {
  const session = await findSession(ctx);
  const isOthers = isFailure(session) && ["E301", "E302", "E600"].includes(session.code);
  return isOthers ? "none of ours" : session;
}

function refusal(config: Config, name: string): Failure | null {
  const named = tasksNamed(config, [name]);
  if (isFailure(named)) return named;
  const dependents = dependentsOf(config.tasks, name);
  if (dependents.length === 0) return null;
  const names = dependents.map((dependent) => `'${dependent}'`).join(", ");
  const hint = "Take it out of their depends_on first.";
  return new Failure("E204", `Task '${name}' is depended on by ${names}`, hint);
}

async function killOf(ctx: Context, config: Config, name: string): Promise<Failure | null> {
  const project = { ...ctx.project, config };
  const killed = await kill({ ...ctx, project }, { names: [name] });
  if (isFailure(killed)) return killed;
  const { error, error_code } = killed.result;
  return error === undefined ? null : new Failure(error_code ?? "E900", error);
}
