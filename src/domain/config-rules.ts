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
  const faults: Fault[] = [];
  const known = new Set(names);
  for (const task of config.tasks) {
    faults.push(...taskFaults(task));
    // Each command does this for each task: no work for what isn't there.
    if (task.depends_on.length > 0) faults.push(...dependencyFaults(task, known));
  }
  faults.push(...caseFaults(config.tasks));
  return faults.concat(cycles(config.tasks).map((cycle) => cycleFault(config.tasks, cycle)));
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

function taskFaults(task: Task): Fault[] {
  const faults: (Fault | null)[] = [];
  if (task.log_max_size <= 0) faults.push(sizeFault(task));
  if (task.health_url !== null) faults.push(urlFault(task, task.health_url));
  if (task.health_tcp !== null) faults.push(addressFault(task, task.health_tcp));
  if (task.ready_log !== null) faults.push(expressionFault(task, task.ready_log));
  if (task.health_url !== null || task.health_tcp !== null) faults.push(...healthFaults(task));
  return faults.filter((fault) => fault !== null);
}

const sizeFault = (task: Task): Fault =>
  invalid(task, "log_max_size", "must be at least one byte and less than 8 PB");

function urlFault(task: Task, url: string): Fault | null {
  if (/^https?:/i.test(url) && URL.canParse(url)) return null;
  const hint = URL.canParse(`http://${url}`) ? `Write "http://${url}".` : null;
  const found = JSON.stringify(url);
  return invalid(task, "health_url", `must be an http or https URL, not ${found}`, hint);
}

function addressFault(task: Task, address: string): Fault | null {
  if (parseTcpAddress(address) !== null) return null;
  return invalid(
    task,
    "health_tcp",
    `must be PORT or HOST:PORT, not ${JSON.stringify(address)}`,
    'Like 5432, "db.local:5432" or "[::1]:5432".',
  );
}

function expressionFault(task: Task, expression: string): Fault | null {
  try {
    void new RegExp(expression);
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
  const faults: Fault[] = [];
  for (const { name } of tasks) {
    const other = seen.get(name.toLowerCase());
    if (other === undefined) seen.set(name.toLowerCase(), name);
    else faults.push(caseFault(name, other));
  }
  return faults;
}

function caseFault(name: string, other: string): Fault {
  const message = `Task '${name}' differs from task '${other}' only in letter case`;
  const hint = "Rename one of them.";
  return { code: "E102", path: ["tasks", name], part: "key", message, hint };
}

function dependencyFaults(task: Task, known: ReadonlySet<string>): Fault[] {
  const faults: Fault[] = [];
  for (const [index, dependency] of task.depends_on.entries()) {
    if (dependency === task.name) faults.push(selfFault(task, index));
    else if (!known.has(dependency) && dependency !== UNUSABLE) {
      faults.push(unknownFault(task, index, dependency, known));
    }
  }
  return faults;
}

function selfFault({ name }: Task, index: number): Fault {
  const path = ["tasks", name, "depends_on", index];
  return {
    code: "E211",
    path,
    part: "value",
    message: `Task '${name}' depends on itself`,
    hint: null,
  };
}

function unknownFault(task: Task, index: number, wanted: string, known: Iterable<string>): Fault {
  const path = ["tasks", task.name, "depends_on", index];
  const message = `Task '${task.name}' depends on '${wanted}', which is not in the config`;
  return { code: "E210", path, part: "value", message, hint: didYouMean(wanted, known) };
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
