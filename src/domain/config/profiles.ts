import { Failure } from "../failure.ts";
import { chosenNames } from "../tasks/chosen-names.ts";
import { withDependencies } from "../tasks/graph.ts";
import { isGlob } from "../values/glob.ts";
import { didYouMean } from "../values/suggest.ts";
import type { Task } from "./config.ts";

type Profiled = Pick<Task, "profiles">;

/** The profiles of tasks, each once, in the order of the config. */
export const profilesIn = (tasks: readonly Profiled[]): string[] => [
  ...new Set(tasks.flatMap(({ profiles }) => profiles)),
];

/** Whether a command with these profiles, names or globs, means a task that it doesn't name: compose's rule. */
export const isInProfiles = ({ profiles }: Profiled, asked: readonly string[]): boolean =>
  profiles.length === 0 || chosenNames(asked, profiles).names.length > 0;

/** The tasks of these profiles, those without one, and what they depend on, in the order of the config. */
export const tasksInProfiles = (tasks: readonly Task[], asked: readonly string[]): Task[] =>
  withDependencies(
    tasks,
    tasks.filter((task) => isInProfiles(task, asked)).map(({ name }) => name),
  );

/** E205 if the tasks have no such profile; null if all are known. */
export function unknownProfile(
  tasks: readonly Profiled[],
  asked: readonly string[],
): Failure | null {
  const known = profilesIn(tasks);
  const { unknown } = chosenNames(asked, known);
  if (unknown === null) return null;
  const what = isGlob(unknown) ? "No profile in the config matches" : "No task has the profile";
  const all = known.length ? `Profiles: ${known.join(", ")}` : "The config has no profiles.";
  return new Failure("E205", `${what} '${unknown}'`, didYouMean(unknown, known) ?? all);
}

/** The profiles that a variable names, separated by commas. In a project without profiles it counts for nothing. */
export function profilesInVariable(tasks: readonly Profiled[], value: string): string[] {
  if (profilesIn(tasks).length === 0) return [];
  return value
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}
