import type { ConfigText } from "../adapters/config-edit-file.ts";
import type { Config } from "../domain/config.ts";
import { Failure, isFailure, type Problem } from "../domain/failure.ts";
import type { Context } from "./context.ts";

/** The config file, as an edit needs it. */
export interface ConfigFile {
  /** Runs an edit while no other taskmux edits a config. */
  hold<T>(act: () => Promise<T>): Promise<T>;
  load(path: string): Promise<ConfigText | Failure>;
  check(text: string): Promise<Config | Problem[]>;
  replace(path: string, before: string, after: string): boolean | Failure;
}

/** An editor that saves at the same moment wins: then the edit is made anew on what it saved. */
const TRIES = 5;

type Edit = (before: ConfigText) => string | Failure;

/**
 * Edits the config of the project: what `edit` returns is checked, and written if all is well. It must only add or
 * take away the task. Returns the config before. The session's lock must be held.
 */
export const editConfig = (
  ctx: Pick<Context, "project">,
  file: ConfigFile,
  task: string,
  edit: Edit,
): Promise<Config | Failure> => file.hold(() => editHeld(ctx.project.configPath, file, task, edit));

async function editHeld(path: string, file: ConfigFile, task: string, edit: Edit) {
  for (let tries = 0; tries < TRIES; tries++) {
    const before = await file.load(path);
    if (isFailure(before)) return before;
    const after = edit(before);
    if (isFailure(after)) return after;
    const config = await file.check(after);
    if (Array.isArray(config)) return refused(config);
    if (!sameBut(before.config, config, task)) throw new Error(`the edit of ${path} went wrong`);
    const replaced = file.replace(path, before.text, after);
    if (isFailure(replaced)) return replaced;
    if (replaced) return before.config;
  }
  return new Failure("E900", `${path} changes all the time: nothing was written`);
}

/** The places of such problems are in a text that nobody sees. */
function refused(problems: readonly Problem[]): Failure {
  const placeless = problems.map((problem) => ({ ...problem, line: null, column: null }));
  const [first, ...more] = placeless;
  if (first === undefined) throw new Error("refused without a problem");
  const rest = more.length === 0 ? "" : ` (and ${more.length} more)`;
  return new Failure(first.code, `${first.message}${rest}`, first.hint ?? undefined, placeless);
}

const sameBut = (before: Config, after: Config, task: string): boolean =>
  JSON.stringify(without(before, task)) === JSON.stringify(without(after, task));

const without = (config: Config, name: string): Config => ({
  ...config,
  tasks: config.tasks.filter((task) => task.name !== name),
});
