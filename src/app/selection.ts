import type { Config, Task } from "../domain/config/config.ts";
import { Failure, isFailure } from "../domain/failure.ts";
import { tasksInProfiles, unknownProfile } from "../domain/config/profiles.ts";
import { chosenNames } from "../domain/tasks/chosen-names.ts";
import { isGlob } from "../domain/values/glob.ts";
import { didYouMean } from "../domain/values/suggest.ts";

/**
 * The tasks of these names and globs, each once, in the given order, those of a glob in the config's; E200 for an unknown
 * name, and for a glob that matches none.
 */
export function tasksNamed({ tasks }: Config, words: readonly string[]): Task[] | Failure {
  const names = namesChosen(words, namesOf(tasks));
  if (isFailure(names)) return names;
  const byName = new Map(tasks.map((task) => [task.name, task]));
  return names.flatMap((name) => byName.get(name) ?? []);
}

/** Like {@link tasksNamed}, of any known names. */
export function namesChosen(words: readonly string[], known: readonly string[]) {
  const { names, unknown } = chosenNames(words, known);
  return unknown === null ? names : (isGlob(unknown) ? noMatch : unknownTask)(unknown, known);
}

/**
 * Which tasks a command means that looks at tasks or ends them, and names none: all (null), or those of these profiles and
 * those without one, with their dependencies. E205 for an unknown profile.
 */
export function namesInProfiles(
  { tasks }: Config,
  profiles: readonly string[],
): ReadonlySet<string> | null | Failure {
  const unknown = unknownProfile(tasks, profiles);
  if (unknown !== null) return unknown;
  return profiles.length === 0 ? null : new Set(namesOf(tasksInProfiles(tasks, profiles)));
}

/** The task of this name, for commands that take one; E200 for an unknown name. */
export const taskNamed = ({ tasks }: Config, name: string): Task | Failure =>
  tasks.find((task) => task.name === name) ?? unknownTask(name, namesOf(tasks));

/** The names of tasks. */
export const namesOf = (tasks: readonly Task[]): string[] => tasks.map(({ name }) => name);

/** E200, with the nearest of the known names, or all of them. */
export function unknownTask(name: string, known: readonly string[]): Failure {
  return notFound(`Task '${name}' not found in config`, name, known);
}

function notFound(sentence: string, name: string, known: readonly string[]): Failure {
  const all = known.length ? `Tasks: ${known.join(", ")}` : "The config has no tasks.";
  return new Failure("E200", sentence, didYouMean(name, known) ?? all);
}

const noMatch = (glob: string, known: readonly string[]): Failure =>
  notFound(`No task in the config matches '${glob}'`, glob.replace(/[*?[\]]/g, ""), known);
