import { addTask, type NewTask } from "../../domain/config/edit.ts";
import { Failure, isFailure } from "../../domain/failure.ts";
import type { Added } from "../../domain/results/config.ts";
import type { Context, Use } from "../context.ts";
import { type ConfigFile, editConfig } from "./edit-config.ts";

/** Adds a task to the config without starting it; E203 if a task of this name exists. */
export async function add(
  ctx: Context,
  request: { name: string; task: NewTask },
  file: ConfigFile,
): Use<Added> {
  const { name, task } = request;
  const { configPath } = ctx.project;
  const edited = await ctx.lock.hold(() =>
    editConfig(ctx, file, name, ({ text, config }) =>
      config.tasks.some((other) => other.name === name)
        ? taskExists(name, configPath)
        : addTask(text, name, task),
    ),
  );
  if (isFailure(edited)) return edited;
  const { command } = task;
  return { result: { ok: true, task: name, action: "added", command, config_path: configPath } };
}

const taskExists = (name: string, path: string): Failure =>
  new Failure(
    "E203",
    `Task '${name}' exists already`,
    `Edit it in ${path}, or remove it first: taskmux remove ${name}`,
  );
