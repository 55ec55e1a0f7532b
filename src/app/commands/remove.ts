import type { TmuxSession } from "../../adapters/tmux/arguments.ts";
import { removeTask } from "../../domain/config/edit.ts";
import { isRunTask } from "../../domain/config/run-task.ts";
import type { Config, Task } from "../../domain/config/config.ts";
import { Failure, isFailure } from "../../domain/failure.ts";
import { dependentsOf } from "../../domain/tasks/graph.ts";
import type { Removed } from "../../domain/results/config.ts";
import type { Context, Use } from "../context.ts";
import { type ConfigFile, editConfig } from "./edit-config.ts";
import { kill } from "./kill.ts";
import { taskNamed } from "../selection.ts";
import { findSession } from "../tasks/session.ts";

/**
 * Removes a task from the config, or one of `run` from the session, and kills it if it is running. E204 if another task depends on it; nothing is changed
 * then, as after any other failure. If interrupted in between, the next `stop` of all tasks ends it.
 */
export const remove = async (
  ctx: Context,
  request: { name: string },
  file: ConfigFile,
): Use<Removed> => ctx.lock.hold(() => removeLocked(ctx, request.name, file));

async function removeLocked(ctx: Context, name: string, file: ConfigFile): Use<Removed> {
  const session = await ownSession(ctx);
  if (isFailure(session)) return session;
  const added = ctx.project.config.tasks.find((task) => task.name === name && isRunTask(task));
  if (added !== undefined) return removeAdded(ctx, added);
  const config = await editConfig(ctx, file, name, ({ text, config }) => {
    return refusal(config, name) ?? removeTask(text, name);
  });
  if (isFailure(config)) return config;
  const killed = session === "not ours" ? null : await killOf(ctx, config, name);
  const command = config.tasks.find((task) => task.name === name)?.command ?? "";
  const { configPath: config_path } = ctx.project;
  const removed = { task: name, action: "removed", command, config_path } as const;
  if (!killed) return { result: { ok: true, ...removed } };
  const error = `Task '${name}' is removed from ${config_path}, but not ended: ${killed.message}`;
  return { result: { ok: false, error, error_code: killed.code, ...removed } };
}

/** A task of `run` stands in no file. */
async function removeAdded(ctx: Context, { name, command }: Task): Use<Removed> {
  const killed = await killOf(ctx, ctx.project.config, name);
  if (killed !== null) return killed;
  ctx.runTasks.drop([name]);
  const { configPath: config_path } = ctx.project;
  const removed = { task: name, action: "removed", command, config_path } as const;
  return { result: { ok: true, ...removed, source: "run" } };
}

/** If the session of this name isn't this project's, or tmux is missing, no task of it is running. */
async function ownSession(ctx: Context): Promise<TmuxSession | null | "not ours" | Failure> {
  const session = await findSession(ctx);
  const isOthers = isFailure(session) && ["E301", "E302", "E600"].includes(session.code);
  return isOthers ? "not ours" : session;
}

function refusal(config: Config, name: string): Failure | null {
  const found = taskNamed(config, name);
  if (isFailure(found)) return found;
  const dependents = dependentsOf(config.tasks, name);
  if (dependents.length === 0) return null;
  const names = dependents.map((dependent) => `'${dependent}'`).join(", ");
  const hint = "Remove it from their depends_on first.";
  return new Failure("E204", `Task '${name}' is depended on by ${names}`, hint);
}

async function killOf(ctx: Context, config: Config, name: string): Promise<Failure | null> {
  const project = { ...ctx.project, config };
  const killed = await kill({ ...ctx, project }, { names: [name] });
  if (isFailure(killed)) return killed;
  const { error, error_code } = killed.result;
  return error === undefined ? null : new Failure(error_code ?? "E900", error);
}
