import { fieldName } from "./config-error.ts";
import type { Config, Hooks, Task } from "./config.ts";
import { variableName } from "../ports/addresses.ts";
import { referencesIn, written } from "../ports/references.ts";
import { isFlexible } from "../ports/setting.ts";
import type { Path } from "../values/shape.ts";

/** Something in a config that is allowed, but probably a mistake. */
export interface Warning {
  path: Path;
  message: string;
}

/** The warnings that follow from the config alone. */
export function configWarnings(config: Config): Warning[] {
  return [
    ...(config.tasks.length === 0 ? [{ path: ["tasks"], message: "There are no tasks" }] : []),
    ...config.tasks.flatMap(uselessStatus),
    ...hookReferences(config.hooks, ["hooks"]),
    ...config.tasks.flatMap(commandReferences),
    ...shared(config.tasks, "port"),
    ...shared(config.tasks, "log_file"),
  ];
}

function uselessStatus(task: Task): Warning[] {
  if (task.health_expected_status === null || task.health_url !== null) return [];
  const path = ["tasks", task.name, "health_expected_status"];
  return [{ path, message: `${fieldName(path)} has no effect without health_url` }];
}

/** A shell runs these, and knows no references. */
function commandReferences(task: Task): Warning[] {
  const path = ["tasks", task.name];
  return [
    ...shellReferences(task.command, [...path, "command"]),
    ...shellReferences(task.health_check, [...path, "health_check"]),
    ...hookReferences(task.hooks, [...path, "hooks"]),
  ];
}

const hookReferences = (hooks: Hooks, path: string[]): Warning[] =>
  Object.entries(hooks).flatMap(([name, command]) => shellReferences(command, [...path, name]));

/** Only to other tasks: `${port}` may be a variable of the shell, and a dot can't be in one's name. */
function shellReferences(command: string | null, path: string[]): Warning[] {
  const [reference] = referencesIn(command ?? "").filter(({ kind }) => kind === "task");
  if (reference?.kind !== "task") return [];
  const variable = `$TASKMUX_${reference.part.toUpperCase()}_${variableName(reference.task)}`;
  const message = `${fieldName(path)} has ${written(reference)}, which its shell can't read: write ${variable}`;
  return [{ path, message }];
}

function shared(tasks: readonly Task[], field: "port" | "log_file"): Warning[] {
  const owners = new Map<string | number, string>();
  return tasks.flatMap((task) => {
    // Ports that are chosen never collide.
    const value = field === "port" && isFlexible(task) ? null : task[field];
    const owner = value === null ? undefined : owners.get(value);
    if (value !== null && owner === undefined) owners.set(value, task.name);
    if (owner === undefined) return [];
    const path = ["tasks", task.name, field];
    return [
      { path, message: `${fieldName(path)} is the same as that of task '${owner}': ${value}` },
    ];
  });
}
