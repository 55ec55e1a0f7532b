import type { Config, Task } from "../domain/config.ts";
import { Failure } from "../domain/failure.ts";
import { didYouMean } from "../domain/suggest.ts";

/** The tasks of these names, each once, in the order given; E200 for the first that there is none of. */
export function tasksNamed(config: Config, names: readonly string[]): Task[] | Failure {
  const byName = new Map(config.tasks.map((task) => [task.name, task]));
  const unknown = names.find((name) => !byName.has(name));
  if (unknown !== undefined) return notFound(config, unknown);
  return [...new Set(names)].flatMap((name) => byName.get(name) ?? []);
}

function notFound(config: Config, name: string): Failure {
  const known = config.tasks.map((task) => task.name);
  const all = known.length ? `Tasks: ${known.join(", ")}` : "The config has no tasks.";
  return new Failure("E200", `Task '${name}' not found in config`, didYouMean(name, known) ?? all);
}
