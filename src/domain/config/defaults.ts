import { configShape } from "./schema.generated.ts";
import type { Shape } from "../values/shape.ts";
import type { Config, Hooks, Task, WrittenConfig, WrittenTask } from "./config.ts";
import { parseDuration, parseSize } from "../values/units.ts";

type Rewritten = "log_max_size" | "watch_debounce";
type Defaults = Omit<Task, "name" | "command" | Rewritten> & Record<Rewritten, string>;
type TopDefaults = Omit<Config, "tasks">;

const properties = configShape.properties ?? {};
const hooksDefaults = defaultsOf(properties["hooks"]) as unknown as Hooks;
const topDefaults = defaultsOf(configShape) as unknown as TopDefaults;
const taskDefaults = defaultsOf(taskShape()) as unknown as Defaults;

/** The default of each field, null for a field without one. */
function defaultsOf(shape: Shape | undefined): Record<string, unknown> {
  const fields = Object.entries(shape?.properties ?? {});
  return Object.fromEntries(fields.map(([name, field]) => [name, field.default ?? null]));
}

/** The schema of `[tasks.NAME]`. */
export function taskShape(): Shape {
  const forms = Object.values(properties["tasks"]?.patternProperties ?? {})[0]?.anyOf ?? [];
  return forms.find((form) => form.type === "object") ?? {};
}

/** A config with defaults applied. `names` are its tasks in the order of the file. */
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

/** A config on record, which an earlier version may have written, with defaults for the fields that it didn't know. */
export const completed = (config: Config): Config => ({
  ...topDefaults,
  ...config,
  tasks: config.tasks.map((task) => ({ ...taskDefaults, ...task })),
});

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
    max_memory: task.max_memory === undefined ? null : asBytes(task.max_memory),
    watch: [...(task.watch ?? [])],
    watch_debounce: asMilliseconds(task.watch_debounce ?? taskDefaults.watch_debounce),
    depends_on: [...(task.depends_on ?? [])],
    profiles: [...(task.profiles ?? [])],
    health_tcp: task.health_tcp === undefined ? defaultCheck(task) : String(task.health_tcp),
  };
}

/** A port that is chosen for a task is one that it must listen on; a task without a check of its own is checked there. */
function defaultCheck({ port, oneshot, health_check, health_url }: WrittenTask): string | null {
  const isChecked = oneshot === true || health_check !== undefined || health_url !== undefined;
  return typeof port === "string" && !isChecked ? "${port}" : null;
}

/** A size that is too large to count becomes 0, which rules.ts refuses. */
const asBytes = (size: string | number): number =>
  typeof size === "number" ? size : (parseSize(size) ?? 0);

/** Longest `watch_debounce`, seconds. */
const LONGEST_DEBOUNCE = 600;

/** -1, which rules.ts refuses, for what is no duration up to the longest. */
function asMilliseconds(text: string): number {
  const seconds = parseDuration(text);
  return seconds === null || seconds > LONGEST_DEBOUNCE ? -1 : Math.round(seconds * 1000);
}

const asList = (files: string | string[] | undefined): string[] =>
  files === undefined ? [] : typeof files === "string" ? [files] : files;
