import { parseTcpAddress } from "./config-address.ts";
import type { Path } from "./config-places.ts";
import type { Config, Task } from "./config.ts";
import type { ErrorCode } from "./failure.ts";
import { cycles } from "./graph.ts";
import { didYouMean } from "./suggest.ts";

/** Stands in a list for an element that has a fault already, so that the others keep their index. */
export const UNUSABLE = "";

/** What is wrong with a config, before its place in the text is looked up. */
export interface Fault {
  code: ErrorCode;
  path: Path;
  part: "key" | "value";
  message: string;
  hint: string | null;
}

/**
 * What the schema can't say: values that don't mean anything, fields that exclude each other, names and
 * dependencies across tasks. `names` are all task names of the file, those of unusable tasks included.
 */
export function ruleFaults(config: Config, names: readonly string[]): Fault[] {
  return [
    ...config.tasks.flatMap((task) => [...valueFaults(task), ...healthFaults(task)]),
    ...caseFaults(config.tasks),
    ...config.tasks.flatMap((task) => dependencyFaults(task, names)),
    ...cycles(config.tasks).map((cycle) => cycleFault(config.tasks, cycle)),
  ];
}

/** A field as messages spell it: `tasks.web.depends_on[1]`, names with dots in quotes. */
export function fieldName(path: Path): string {
  return path
    .map((part, index) => {
      if (typeof part === "number") return `[${part}]`;
      const name = /^[A-Za-z0-9_-]+$/.test(part) ? part : JSON.stringify(part);
      return index === 0 ? name : `.${name}`;
    })
    .join("");
}

function invalid(task: Task, field: keyof Task, rest: string, hint: string | null = null): Fault {
  const path = ["tasks", task.name, field];
  return { code: "E104", path, part: "value", message: `${fieldName(path)} ${rest}`, hint };
}

function valueFaults(task: Task): Fault[] {
  return [sizeFault(task), urlFault(task), addressFault(task), expressionFault(task)].filter(
    (fault) => fault !== null,
  );
}

function sizeFault(task: Task): Fault | null {
  if (task.log_max_size > 0) return null;
  return invalid(task, "log_max_size", "must be at least one byte and less than 8 PB");
}

function urlFault(task: Task): Fault | null {
  const url = task.health_url;
  if (url === null || (/^https?:/i.test(url) && URL.canParse(url))) return null;
  const hint = URL.canParse(`http://${url}`) ? `Write "http://${url}".` : null;
  const found = JSON.stringify(url);
  return invalid(task, "health_url", `must be an http or https URL, not ${found}`, hint);
}

function addressFault(task: Task): Fault | null {
  const address = task.health_tcp;
  if (address === null || parseTcpAddress(address) !== null) return null;
  return invalid(
    task,
    "health_tcp",
    `must be PORT or HOST:PORT, not ${JSON.stringify(address)}`,
    'Like 5432, "db.local:5432" or "[::1]:5432".',
  );
}

function expressionFault(task: Task): Fault | null {
  if (task.ready_log === null) return null;
  try {
    void new RegExp(task.ready_log);
    return null;
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^.*: /, "") : String(error);
    return invalid(
      task,
      "ready_log",
      `is no regular expression: ${reason}`,
      "It is a JavaScript one; in TOML, '...' keeps backslashes as they are.",
    );
  }
}

function healthFaults(task: Task): Fault[] {
  const kinds = ["health_check", "health_url", "health_tcp"] as const;
  const [first, ...others] = kinds.filter((kind) => task[kind] !== null);
  return others.map((kind) => ({
    ...invalid(task, kind, `can't stand beside ${first}: a task has one health check`),
    part: "key",
  }));
}

/** Logs and run directories are named after tasks, and some file systems take `Web` for `web`. */
function caseFaults(tasks: readonly Task[]): Fault[] {
  const seen = new Map<string, string>();
  return tasks.flatMap(({ name }): Fault[] => {
    const other = seen.get(name.toLowerCase());
    if (other === undefined) seen.set(name.toLowerCase(), name);
    if (other === undefined) return [];
    const message = `Task '${name}' differs from task '${other}' only in letter case`;
    const hint = "Rename one of them.";
    return [{ code: "E102", path: ["tasks", name], part: "key", message, hint }];
  });
}

function dependencyFaults(task: Task, names: readonly string[]): Fault[] {
  return task.depends_on.flatMap((dependency, index): Fault[] => {
    const place = { path: ["tasks", task.name, "depends_on", index], part: "value" as const };
    if (dependency === task.name) {
      return [
        { code: "E211", ...place, message: `Task '${dependency}' depends on itself`, hint: null },
      ];
    }
    if (dependency === UNUSABLE || names.includes(dependency)) return [];
    const message = `Task '${task.name}' depends on '${dependency}', which is not in the config`;
    return [{ code: "E210", ...place, message, hint: didYouMean(dependency, names) }];
  });
}

function cycleFault(tasks: readonly Task[], cycle: string[]): Fault {
  const [first = "", second = first] = cycle;
  const index = tasks.find((task) => task.name === first)?.depends_on.indexOf(second) ?? 0;
  return {
    code: "E212",
    path: ["tasks", first, "depends_on", index],
    part: "value",
    message: `Tasks depend on each other in a cycle: ${[...cycle, first].join(" -> ")}`,
    hint: null,
  };
}
