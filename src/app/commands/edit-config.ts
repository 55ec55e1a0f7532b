import type { ConfigText } from "../../adapters/config/edit-file.ts";
import type { Config } from "../../domain/config/config.ts";
import { Failure, isFailure, type Problem } from "../../domain/failure.ts";
import type { Context } from "../context.ts";

/** The config file, for an edit. */
export interface ConfigFile {
  /** Runs an edit while no other taskmux process edits a config. */
  hold<T>(act: () => Promise<T>): Promise<T>;
  load(path: string): Promise<ConfigText | Failure>;
  check(text: string): Promise<Config | Problem[]>;
  replace(path: string, before: string, after: string): boolean | Failure;
}

/** Number of attempts: if an editor saves at the same moment, the edit is applied again to what it saved. */
const TRIES = 5;

type Edit = (before: ConfigText) => string | Failure;

/**
 * Edits the project's config: the result of `edit` is validated, then written. It must only add or remove the task. Returns
 * the config before. The session's lock must be held.
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
  return new Failure("E106", `Can't write ${path}: another program keeps changing it`);
}

/** Leaves out the places of the problems, since the edited text is not shown. */
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
