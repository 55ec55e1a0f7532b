import { parseTcpAddress } from "../values/tcp-address.ts";
import type { Config, Task } from "./config.ts";
import { type ConfigError, fieldName } from "./config-error.ts";
import { portError, referenceErrors, sampleOf, variableErrors } from "./reference-rules.ts";
import { cycles } from "../tasks/graph.ts";
import { Guesses } from "../values/suggest.ts";
import { patternError } from "../watch/patterns.ts";

/** Placeholder for a list element that is already reported, so that the others keep their index. */
export const UNUSABLE = "";

/**
 * Checks what the schema can't express: meaningless values, fields that exclude each other, names and dependencies across
 * tasks. `names` are all task names of the file, including those of invalid tasks.
 */
export function ruleErrors(config: Config, names: readonly string[]): ConfigError[] {
  const errors: ConfigError[] = [];
  const known = new Set(names);
  const guesses = new Guesses(known);
  for (const task of config.tasks) {
    errors.push(...taskErrors(task, config));
    // Every command runs this for every task: skip what isn't configured.
    if (task.depends_on.length > 0) errors.push(...dependencyErrors(task, known, guesses));
  }
  errors.push(...caseErrors(config.tasks), ...variableErrors(config.tasks));
  errors.push(...referenceErrors(config, known, guesses));
  return errors.concat(cycleErrors(config.tasks));
}

function invalid(
  task: Task,
  field: keyof Task,
  rest: string,
  hint: string | null = null,
): ConfigError {
  const path = ["tasks", task.name, field];
  return { code: "E104", path, part: "value", message: `${fieldName(path)} ${rest}`, hint };
}

function taskErrors(task: Task, config: Config): ConfigError[] {
  const errors: (ConfigError | null)[] = [portError(task)];
  if (task.log_max_size <= 0) errors.push(sizeError(task, "log_max_size"));
  if (task.max_memory !== null && task.max_memory <= 0) errors.push(sizeError(task, "max_memory"));
  if (task.url !== null) errors.push(urlError(task, "url", task.url, config));
  if (task.health_url !== null) errors.push(urlError(task, "health_url", task.health_url, config));
  if (task.health_tcp !== null) errors.push(addressError(task, task.health_tcp, config));
  errors.push(expressionError(task, "ready_log"), expressionError(task, "reload_log"));
  if (task.health_url !== null || task.health_tcp !== null) errors.push(...healthErrors(task));
  if (task.watch_debounce < 0) errors.push(debounceError(task));
  if (task.watch.length > 0) errors.push(...patternErrors(task));
  return errors.filter((error) => error !== null);
}

const sizeError = (task: Task, field: "log_max_size" | "max_memory"): ConfigError =>
  invalid(task, field, "must be at least one byte and less than 8 PB");

const debounceError = (task: Task): ConfigError =>
  invalid(task, "watch_debounce", "must be a duration from 0s to 10m", 'Like "300ms" or "2s".');

function patternErrors(task: Task): ConfigError[] {
  const errors = task.watch.flatMap((pattern, index) => {
    // A stand-in for an element that is reported already.
    const reason = pattern === UNUSABLE ? null : patternError(pattern);
    if (reason === null) return [];
    const error = invalid(task, "watch", `${JSON.stringify(pattern)} ${reason}`);
    return [{ ...error, path: [...error.path, index] }];
  });
  if (errors.length > 0 || !task.watch.every((pattern) => pattern.startsWith("!"))) return errors;
  const hint = 'Like ["src/**", "!src/generated"].';
  return [invalid(task, "watch", "has only patterns that leave something out", hint)];
}

const URL_KINDS = {
  url: { pattern: /^[a-z][a-z0-9+.-]*:\/\/[^\s\0-\x1f\x7f]+$/i, name: "a URL with a scheme" },
  health_url: { pattern: /^https?:/i, name: "an http or https URL" },
};

function urlError(
  task: Task,
  field: keyof typeof URL_KINDS,
  written: string,
  config: Config,
): ConfigError | null {
  const { pattern, name } = URL_KINDS[field];
  const url = sampleOf(written, task, config);
  if (url === null || (pattern.test(url) && URL.canParse(url))) return null;
  const isHost = /^[\w[]/.test(url) && !/:\/\/|\s/.test(url) && URL.canParse(`http://${url}`);
  const hint = isHost ? `Write "http://${written}".` : null;
  return invalid(task, field, `must be ${name}, not ${JSON.stringify(written)}`, hint);
}

function addressError(task: Task, written: string, config: Config): ConfigError | null {
  const address = sampleOf(written, task, config);
  if (address === null || parseTcpAddress(address) !== null) return null;
  return invalid(
    task,
    "health_tcp",
    `must be PORT or HOST:PORT, not ${JSON.stringify(written)}`,
    'Like 5432, "db.local:5432" or "[::1]:5432".',
  );
}

function expressionError(task: Task, field: "ready_log" | "reload_log"): ConfigError | null {
  const expression = task[field];
  if (expression === null) return null;
  try {
    void new RegExp(expression);
    return null;
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^.*: /, "") : String(error);
    return invalid(
      task,
      field,
      `is not a valid regular expression: ${reason}`,
      "JavaScript syntax; in TOML use '...' to keep backslashes.",
    );
  }
}

function healthErrors(task: Task): ConfigError[] {
  const kinds = ["health_check", "health_url", "health_tcp"] as const;
  const [first, ...others] = kinds.filter((kind) => task[kind] !== null);
  return others.map((kind) => ({
    ...invalid(task, kind, `can't be combined with ${first}: a task has one health check`),
    part: "key",
  }));
}

/** Logs and run directories are named after tasks, and some file systems treat `Web` and `web` as the same. */
function caseErrors(tasks: readonly Task[]): ConfigError[] {
  const seen = new Map<string, string>();
  const errors: ConfigError[] = [];
  for (const { name } of tasks) {
    const other = seen.get(name.toLowerCase());
    if (other === undefined) seen.set(name.toLowerCase(), name);
    else errors.push(caseError(name, other));
  }
  return errors;
}

function caseError(name: string, other: string): ConfigError {
  const message = `Task '${name}' differs from task '${other}' only in letter case`;
  const hint = "Rename one of them.";
  return { code: "E102", path: ["tasks", name], part: "key", message, hint };
}

function dependencyErrors(task: Task, known: ReadonlySet<string>, guesses: Guesses): ConfigError[] {
  const errors: ConfigError[] = [];
  for (const [index, dependency] of task.depends_on.entries()) {
    if (dependency === task.name) errors.push(selfError(task, index));
    else if (!known.has(dependency) && dependency !== UNUSABLE) {
      errors.push(unknownError(task, index, dependency, guesses));
    }
  }
  return errors;
}

function selfError({ name }: Task, index: number): ConfigError {
  const path = ["tasks", name, "depends_on", index];
  return {
    code: "E211",
    path,
    part: "value",
    message: `Task '${name}' depends on itself`,
    hint: null,
  };
}

function unknownError(task: Task, index: number, wanted: string, guesses: Guesses): ConfigError {
  const path = ["tasks", task.name, "depends_on", index];
  const message = `Task '${task.name}' depends on '${wanted}', which is not in the config`;
  return { code: "E210", path, part: "value", message, hint: guesses.didYouMean(wanted) };
}

function cycleErrors(tasks: readonly Task[]): ConfigError[] {
  const byName = new Map(tasks.map((task) => [task.name, task]));
  return cycles(tasks).map((cycle) => cycleError(byName, cycle));
}

function cycleError(tasks: ReadonlyMap<string, Task>, cycle: string[]): ConfigError {
  const [first = "", second = first] = cycle;
  const index = tasks.get(first)?.depends_on.indexOf(second) ?? 0;
  return {
    code: "E212",
    path: ["tasks", first, "depends_on", index],
    part: "value",
    message: `Tasks depend on each other in a cycle: ${[...cycle, first].join(" -> ")}`,
    hint: null,
  };
}
