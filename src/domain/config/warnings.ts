import { fieldName } from "./config-error.ts";
import type { Config, Task } from "./config.ts";
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
    ...shared(config.tasks, "port"),
    ...shared(config.tasks, "log_file"),
  ];
}

function uselessStatus(task: Task): Warning[] {
  if (task.health_expected_status === null || task.health_url !== null) return [];
  const path = ["tasks", task.name, "health_expected_status"];
  return [{ path, message: `${fieldName(path)} has no effect without health_url` }];
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
