import { addTask, type NewTask } from "../../domain/config/edit.ts";
import type { Task } from "../../domain/config/config.ts";
import { shellWord } from "../../domain/values/shell-word.ts";
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
  if (isFailure(edited)) return withNextStep(edited, ctx.project.config.tasks, task);
  const { command } = task;
  return { result: { ok: true, task: name, action: "added", command, config_path: configPath } };
}

/** What to do about a dependency that is unlike every task: it must be there first. */
function withNextStep(failure: Failure, known: readonly Task[], { depends_on = [] }: NewTask) {
  const { code, message, hint, problems } = failure;
  const missing = depends_on.find((name) => !known.some((other) => other.name === name));
  if (code !== "E210" || hint !== undefined || missing === undefined) return failure;
  const next = `Add that one first: taskmux add ${shellWord(missing)} COMMAND`;
  return new Failure(code, message, next, problems);
}

const taskExists = (name: string, path: string): Failure =>
  new Failure(
    "E203",
    `Task '${name}' exists already`,
    `Edit it in ${path}, or remove it first: taskmux remove ${name}`,
  );
