import { isTable } from "../domain/config-shape.ts";
import { validTaskName } from "../domain/config-names.ts";
import { isFailure } from "../domain/failure.ts";
import { absolutePath, findConfig, readConfigText } from "./config-file.ts";

/** A task as far as completion must know it. */
export interface NamedTask {
  name: string;
  /** Empty where it has none. */
  command: string;
}

/**
 * The tasks of the config that is found from `cwd`, or of the one named. It looks at names alone, so a file that
 * isn't valid has them too; none where it is no TOML, or can't be read.
 */
export function tasksNamedIn(cwd: string, explicit: string | null): NamedTask[] {
  const path = findConfig(cwd, explicit && absolutePath(explicit, cwd));
  const text = isFailure(path) ? path : readConfigText(path);
  if (isFailure(text)) return [];
  const tasks = tasksTable(text);
  return Object.keys(tasks)
    .filter(validTaskName)
    .map((name) => ({ name, command: commandOf(tasks[name]) }));
}

function tasksTable(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = Bun.TOML.parse(text);
    return isTable(parsed) && isTable(parsed["tasks"]) ? parsed["tasks"] : {};
  } catch {
    return {};
  }
}

function commandOf(task: unknown): string {
  const command = isTable(task) ? task["command"] : task;
  return typeof command === "string" ? command : "";
}
