import {
  type Addresses,
  hasAddress,
  sampleAddresses,
  urlIn,
  variableName,
} from "../ports/addresses.ts";
import { mayRefer, type Reference, referencesIn, written } from "../ports/references.ts";
import { parseFlexible } from "../ports/setting.ts";
import type { Guesses } from "../values/suggest.ts";
import type { Path } from "../values/shape.ts";
import type { Config, Task } from "./config.ts";
import { type ConfigError, fieldName } from "./config-error.ts";

/** A value that may have references. `task`: whose it is; null at the top level. */
interface Value {
  path: Path;
  text: string;
  task: Task | null;
}

/** E216 for each reference that stands for nothing. `names` are all task names of the file, those of invalid tasks included. */
export function referenceErrors(
  config: Config,
  names: ReadonlySet<string>,
  guesses: Guesses,
): ConfigError[] {
  const values = valuesOf(config).filter(({ text }) => mayRefer(text));
  if (values.length === 0) return [];
  const addresses = sampleAddresses(config);
  const tasks = new Map(config.tasks.map((task) => [task.name, task]));
  return values.flatMap((value) =>
    referencesIn(value.text).flatMap((reference) => {
      const why = whyNothing(reference, value, { addresses, tasks, names });
      if (why === null) return [];
      const message = `${fieldName(value.path)} refers to ${written(reference)}, ${why}`;
      const hint = hintOf(reference, value, names, guesses);
      return [{ code: "E216" as const, path: value.path, part: "value" as const, message, hint }];
    }),
  );
}

function valuesOf({ env, tasks }: Config): Value[] {
  const top = Object.entries(env).map(([name, text]) => ({
    path: ["env", name],
    text,
    task: null,
  }));
  return [...top, ...tasks.flatMap(valuesIn)];
}

function valuesIn(task: Task): Value[] {
  const fields = (["url", "health_url", "health_tcp"] as const).flatMap((field) =>
    task[field] === null ? [] : [{ path: ["tasks", task.name, field], text: task[field], task }],
  );
  const env = Object.entries(task.env).map(([name, text]) => ({
    path: ["tasks", task.name, "env", name],
    text,
    task,
  }));
  return [...fields, ...env];
}

interface Known {
  addresses: Addresses;
  tasks: ReadonlyMap<string, Task>;
  names: ReadonlySet<string>;
}

/** Why a reference stands for nothing, as the end of a sentence; null if it stands for something. */
function whyNothing(reference: Reference, { task, path }: Value, known: Known): string | null {
  if (reference.kind === "session" || reference.kind === "worktree") return null;
  const isOther = reference.kind === "task";
  const part = isOther ? reference.part : reference.kind;
  if (!isOther && task === null) return "but has no task of its own at the top level";
  const name = isOther ? reference.task : task!.name;
  const meant = known.tasks.get(name);
  // A task that is invalid itself has its own errors.
  if (meant === undefined) return known.names.has(name) ? null : "which is not in the config";
  if (part === "port") return meant.port === null ? `but task '${name}' has no port` : null;
  if (urlIn(meant) === null) return `but task '${name}' has no port and no url`;
  const needsItself = path.at(-1) === "url" && known.addresses.urlOf(meant) === null;
  return needsItself ? "which needs this very url" : null;
}

function hintOf(
  reference: Reference,
  { task }: Value,
  names: ReadonlySet<string>,
  guesses: Guesses,
): string | null {
  if (reference.kind === "task")
    return names.has(reference.task) ? null : guesses.didYouMean(reference.task);
  return task === null && (reference.kind === "port" || reference.kind === "url")
    ? `Name the task: \${tasks.NAME.${reference.kind}}.`
    : null;
}

/** E104 for tasks whose names become the same variable, like `my-api` and `my_api`. */
export function variableErrors(tasks: readonly Task[]): ConfigError[] {
  const owners = new Map<string, string>();
  return tasks.filter(hasAddress).flatMap(({ name }) => {
    const variable = variableName(name);
    const other = owners.get(variable);
    if (other === undefined) owners.set(variable, name);
    if (other === undefined) return [];
    const message = `Tasks '${other}' and '${name}' would share the variable TASKMUX_PORT_${variable}`;
    const path = ["tasks", name];
    return [
      { code: "E104" as const, path, part: "key" as const, message, hint: "Rename one of them." },
    ];
  });
}

/** E104 for a `"N+"` whose N is no port. */
export function portError({ name, port }: Task): ConfigError | null {
  if (typeof port !== "string" || parseFlexible(port) !== null) return null;
  const path = ["tasks", name, "port"];
  const message = `${fieldName(path)} must start at a port from 1 to 65535, not ${JSON.stringify(port)}`;
  return { code: "E104", path, part: "value", message, hint: null };
}

/** A value with samples for its references; null if one stands for nothing, which is an error of its own. */
export function sampleOf(value: string, task: Task, config: Config): string | null {
  if (!mayRefer(value)) return value;
  const sample = sampleAddresses(config).expand(value, task);
  return referencesIn(sample).length === 0 ? sample : null;
}
