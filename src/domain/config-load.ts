import { configShape } from "./config-shape.generated.ts";
import type { Shape } from "./config-shape.ts";
import type { Config, Hooks, Task, WrittenConfig, WrittenTask } from "./config.ts";
import { parseSize } from "./units.ts";

type Defaults = Omit<Task, "name" | "command" | "log_max_size"> & { log_max_size: string };
type TopDefaults = Omit<Config, "tasks">;

const properties = configShape.properties ?? {};
const hooksDefaults = defaultsOf(properties["hooks"]) as unknown as Hooks;
const topDefaults = defaultsOf(configShape) as unknown as TopDefaults;
const taskDefaults = defaultsOf(taskShape()) as unknown as Defaults;

/** The default of each field, null where it has none. */
function defaultsOf(shape: Shape | undefined): Record<string, unknown> {
  const fields = Object.entries(shape?.properties ?? {});
  return Object.fromEntries(fields.map(([name, field]) => [name, field.default ?? null]));
}

/** The shape of `[tasks.NAME]`. */
export function taskShape(): Shape {
  const forms = Object.values(properties["tasks"]?.patternProperties ?? {})[0]?.anyOf ?? [];
  return forms.find((form) => form.type === "object") ?? {};
}

/** A config with its defaults. `names` are its tasks in the order of the file. */
export function loadConfig(written: WrittenConfig, names: readonly string[]): Config {
  const tasks = written.tasks ?? {};
  return {
    ...topDefaults,
    ...written,
    hooks: { ...hooksDefaults, ...written.hooks },
    env: { ...written.env },
    env_file: asList(written.env_file),
    tasks: names.map((name) => loadTask(name, tasks[name])),
  };
}

function loadTask(name: string, written: string | WrittenTask = ""): Task {
  const task = typeof written === "string" ? { command: written } : written;
  return {
    name,
    ...taskDefaults,
    ...task,
    hooks: { ...hooksDefaults, ...task.hooks },
    env: { ...task.env },
    env_file: asList(task.env_file),
    log_max_size: asBytes(task.log_max_size ?? taskDefaults.log_max_size),
    depends_on: [...(task.depends_on ?? [])],
    health_tcp: task.health_tcp === undefined ? null : String(task.health_tcp),
  };
}

/** A size that is too large to count becomes 0, which config-rules.ts refuses. */
const asBytes = (size: string | number): number =>
  typeof size === "number" ? size : (parseSize(size) ?? 0);

const asList = (files: string | string[] | undefined): string[] =>
  files === undefined ? [] : typeof files === "string" ? [files] : files;
