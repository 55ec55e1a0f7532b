import { listed } from "../tasks/launch-facts.ts";
import { canonical } from "../values/canonical.ts";
import { TASK_NAME_RULE, validTaskName } from "../values/names.ts";
import { violationsOf } from "../values/shape.ts";
import { Failure, isFailure } from "../failure.ts";
import type { Config, Project, Task, WrittenTask } from "./config.ts";
import { loadConfig } from "./defaults.ts";
import { ruleErrors } from "./rules.ts";
import { configShape } from "./schema.generated.ts";

/** What `taskmux run` says of a task, as a config would say it. */
export type WrittenRunTask = Pick<WrittenTask, "command" | "cwd" | "port" | "env" | "ready_log">;

/** Whether a task stands in no file: `taskmux run` has added it to the session. */
export const isRunTask = ({ source }: Pick<Task, "source">): boolean => source === "run";

/** The config as its file says it. */
export const configOfFile = (config: Config): Config => {
  const tasks = config.tasks.filter((task) => !isRunTask(task));
  return tasks.length === config.tasks.length ? config : { ...config, tasks };
};

/**
 * The config with these tasks of `run`, after its own. One whose name the config has by now is left out, whatever its letter
 * case: the config's task is meant then.
 */
export function withRunTasks(config: Config, added: readonly Task[]): Config {
  const file = configOfFile(config);
  const names = new Set(file.tasks.map(({ name }) => name.toLowerCase()));
  const tasks = added.filter(({ name }) => !names.has(name.toLowerCase()));
  return tasks.length === 0 ? file : { ...file, tasks: [...file.tasks, ...tasks] };
}

/** A task of `run`: never started by itself, never restarted. */
export function loadRunTask(name: string, written: WrittenRunTask): Task {
  const task = { ...written, auto_start: false, restart_policy: "no" as const };
  const loaded = loadConfig({ tasks: { [name]: task } }, [name]).tasks[0]!;
  return { ...loaded, source: "run" };
}

/**
 * Makes a task for `run` in a config; E203 if the config has a task of this name, and the errors of a config for values
 * that can't be. `configPath`: absolute.
 */
export async function newRunTask(
  config: Config,
  configPath: string,
  name: string,
  written: WrittenRunTask,
): Promise<Task | Failure> {
  if (!validTaskName(name))
    return new Failure("E104", `'${name}' is not a valid task name: ${TASK_NAME_RULE}`);
  const file = configOfFile(config);
  if (file.tasks.some((task) => task.name === name)) return standsInFile(name, configPath);
  const [wrong] = violationsOf(configShape, { tasks: { [name]: written } });
  if (wrong !== undefined) {
    const { explain } = await import("./explain.ts");
    return failureOf(explain(wrong));
  }
  const task = loadRunTask(name, written);
  const others = config.tasks.filter((other) => other.name !== name);
  const tasks = [...others, task];
  const names = tasks.map((each) => each.name);
  const error = ruleErrors({ ...config, tasks }, names).find(({ path }) => path[1] === name);
  return error === undefined ? task : failureOf(error);
}

/** The project with a new task of `run`, in the place of an earlier one of its name; fails like {@link newRunTask}. */
export async function withNewRunTask<P extends Pick<Project, "config" | "configPath">>(
  project: P,
  name: string,
  written: WrittenRunTask,
): Promise<P | Failure> {
  const { config, configPath } = project;
  const task = await newRunTask(config, configPath, name, written);
  if (isFailure(task)) return task;
  const others = config.tasks.filter((other) => isRunTask(other) && other.name !== name);
  return { ...project, config: withRunTasks(config, [...others, task]) };
}

/** Whether two tasks of `run` are the same words, with all that was said about them. */
export const isSameRunTask = (one: Task, other: Task): boolean =>
  canonical(one) === canonical(other);

/** What a task of `run` does that is not what a new one of its name would do; it follows "already runs". */
export function describeOther(running: Task, wanted: Task): string {
  if (running.command !== wanted.command) return `something else: ${running.command}`;
  if (running.cwd !== wanted.cwd) return `this in ${running.cwd}`;
  const fields = (["port", "env", "ready_log"] as const).filter(
    (field) => canonical(running[field]) !== canonical(wanted[field]),
  );
  return `this with another ${listed(fields)}`;
}

const standsInFile = (name: string, path: string): Failure =>
  new Failure(
    "E203",
    `Task '${name}' is defined in ${path}`,
    `Use another name, or start that one: taskmux start ${name}`,
  );

const failureOf = ({
  code,
  message,
  hint,
}: Pick<Failure, "code" | "message"> & { hint: string | null }) =>
  new Failure(code, message, hint ?? undefined);
