import { configOf, loadConfigText, replaceConfigText } from "../adapters/config-edit-file.ts";
import { holdConfigLock } from "../adapters/config-lock.ts";
import { add } from "../app/add.ts";
import type { Context } from "../app/context.ts";
import type { ConfigFile } from "../app/edit-config.ts";
import { remove } from "../app/remove.ts";
import { Failure, isFailure } from "../domain/failure.ts";
import type { Added, Removed } from "../domain/results-config.ts";
import type { Input } from "./commands.ts";
import type { FlagValues } from "./flags.ts";

const file: ConfigFile = {
  hold: holdConfigLock,
  load: loadConfigText,
  check: configOf,
  replace: replaceConfigText,
};

/** `taskmux add NAME COMMAND`. */
export async function addFrom(ctx: Context, { names, flags }: Input) {
  const [name = "", command = ""] = names;
  const env = variables((flags["env"] as string[] | undefined) ?? []);
  if (isFailure(env)) return env;
  return add(ctx, { name, task: { command, ...fieldsOf(flags), ...env } }, file);
}

/** `taskmux remove NAME`. */
export const removeFrom = (ctx: Context, { names }: Input) =>
  remove(ctx, { name: names[0] ?? "" }, file);

function fieldsOf(flags: FlagValues) {
  const given = {
    cwd: flags["cwd"] as string | undefined,
    port: flags["port"] as number | undefined,
    health_check: flags["health-check"] as string | undefined,
    depends_on: flags["depends-on"] as string[] | undefined,
    auto_start: flags["no-auto-start"] === true ? false : undefined,
  };
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as {
    [K in keyof typeof given]?: NonNullable<(typeof given)[K]>;
  };
}

/** `--env NAME=VALUE`, any number of times; the last of a name counts. */
function variables(assignments: string[]): { env?: Record<string, string> } | Failure {
  const wrong = assignments.find((each) => each.indexOf("=") < 1);
  if (wrong !== undefined) {
    return new Failure("E500", `--env takes NAME=VALUE, not '${wrong}'`);
  }
  if (assignments.length === 0) return {};
  const pairs = assignments.map((each) => {
    const equals = each.indexOf("=");
    return [each.slice(0, equals), each.slice(equals + 1)];
  });
  return { env: Object.fromEntries(pairs) as Record<string, string> };
}

export const renderAdd = ({ task, config_path }: Added): string[] => [
  `added ${task} to ${config_path}`,
];

export const renderRemove = ({ ok, task, config_path }: Removed): string[] =>
  ok ? [`removed ${task} from ${config_path}`] : [];
