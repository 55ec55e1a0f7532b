import { configOf, loadConfigText, replaceConfigText } from "../../adapters/config/edit-file.ts";
import { holdConfigLock } from "../../adapters/config/lock.ts";
import { add } from "../../app/commands/add.ts";
import type { Context } from "../../app/context.ts";
import type { ConfigFile } from "../../app/commands/edit-config.ts";
import { remove } from "../../app/commands/remove.ts";
import type { Added, Removed } from "../../domain/results/config.ts";

const file: ConfigFile = {
  hold: holdConfigLock,
  load: loadConfigText,
  check: configOf,
  replace: replaceConfigText,
};

/** The arguments of `add`. */
interface AddArguments {
  task: string;
  command: string;
  cwd: string | undefined;
  port: number | string | undefined;
  "health-check": string | undefined;
  "depends-on": string[];
  env: [name: string, value: string][];
  "no-auto-start": boolean;
}

/** `taskmux add TASK COMMAND`. */
export const addTo = (ctx: Context, args: AddArguments) =>
  add(ctx, { name: args.task, task: taskOf(args) }, file);

/** `taskmux remove TASK`. */
export const removeFrom = (ctx: Context, name: string) => remove(ctx, { name }, file);

/** Only what is given comes into the file; of a variable that is given twice the last counts. */
const taskOf = ({ command, cwd, port, env, ...args }: AddArguments) => ({
  command,
  ...(cwd !== undefined && { cwd }),
  ...(port !== undefined && { port }),
  ...(args["health-check"] !== undefined && { health_check: args["health-check"] }),
  ...(args["depends-on"].length > 0 && { depends_on: args["depends-on"] }),
  ...(args["no-auto-start"] && { auto_start: false }),
  ...(env.length > 0 && { env: Object.fromEntries(env) }),
});

export const renderAdd = ({ task, config_path }: Added): string[] => [
  `added ${task} to ${config_path}`,
];

export const renderRemove = ({ ok, task, config_path, source }: Removed): string[] =>
  ok ? [`removed ${task}${source === "run" ? "" : ` from ${config_path}`}`] : [];
