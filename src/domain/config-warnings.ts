import { fieldName } from "./config-rules.ts";
import type { Path } from "./config-places.ts";
import type { Config, Task } from "./config.ts";

/** What is allowed in a config, but probably not meant. */
export interface Warning {
  path: Path;
  message: string;
}

/** The warnings that a config gives by itself, whatever is on the machine. */
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
    const value = task[field];
    const owner = value === null ? undefined : owners.get(value);
    if (value !== null && owner === undefined) owners.set(value, task.name);
    if (owner === undefined) return [];
    const path = ["tasks", task.name, field];
    return [
      { path, message: `${fieldName(path)} is the same as that of task '${owner}': ${value}` },
    ];
  });
}
