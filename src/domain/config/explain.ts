import { taskShape } from "./defaults.ts";
import { SESSION_NAME_RULE, suggestName, TASK_NAME_RULE } from "../values/names.ts";
import { fieldName, type ConfigError } from "./config-error.ts";
import { isTable, type SchemaViolation, type Shape, type Path } from "../values/shape.ts";
import { didYouMean, nearestName } from "../values/suggest.ts";
import { parseDuration } from "../values/units.ts";

// Loaded only for a config that has errors.

/** Explains a schema violation: the sentence, the error code, and a guess. */
export function explain(violation: SchemaViolation): ConfigError {
  if (violation.kind === "unknown") return explainKey(violation);
  return explainTask(violation) ?? explainValue(violation);
}

function explainKey(violation: SchemaViolation): ConfigError {
  const { path } = violation;
  const key = String(path.at(-1));
  if (path.at(-2) === "env") return badName(path, "not be empty or contain '=' or NUL", null);
  if (path.length === 2 && path[0] === "tasks") {
    return badName(path, `be ${TASK_NAME_RULE}`, suggestName(key));
  }
  const table = path.length === 1 ? "at the top level" : `in [${fieldName(path.slice(0, -1))}]`;
  const message = `Unknown key '${key}' ${table}`;
  return { code: "E103", path, part: "key", message, hint: keyHint(violation, key) };
}

function badName(path: Path, rule: string, better: string | null): ConfigError {
  const message = `${fieldName(path)}: the name must ${rule}`;
  const hint = better === null ? null : `Name it '${better}'.`;
  return { code: "E104", path, part: "key", message, hint };
}

function keyHint({ path, shape, value }: SchemaViolation, key: string): string | null {
  const known = Object.keys(shape.properties ?? {});
  const isTask = isTable(value) && Object.hasOwn(value, "command");
  const isTop = path.length === 1;
  if (isTask && isTop && nearestName(key, known) === null) return `Did you mean [tasks.${key}]?`;
  if (isTask && path.length === 3) return `Did you mean [tasks."${path[1]}.${key}"]?`;
  const guess = didYouMean(key, known);
  if (guess !== null) return guess;
  if (isTop && nearestName(key, Object.keys(taskShape().properties ?? {})) !== null) {
    return "This is a task field; put it in [tasks.NAME].";
  }
  return known.length <= 8 ? `Known keys: ${known.join(", ")}.` : null;
}

/** E102: a value that can't be a task. */
function explainTask({ path, kind, value }: SchemaViolation): ConfigError | null {
  const [root, name, field] = path;
  const isCommand = path.length === 3 && field === "command";
  if (root !== "tasks" || !(path.length === 2 || isCommand)) return null;
  const error = {
    code: "E102" as const,
    path,
    part: "value" as const,
    hint: 'For example: command = "npm run dev".',
  };
  if (kind === "missing") return { ...error, message: `Task '${name}' has no command` };
  if (typeof value === "string" && value.trim() === "") {
    return { ...error, message: `Task '${name}' has an empty command` };
  }
  if (isCommand || typeof value === "string") return null;
  error.hint = `Write [tasks.${name}] and the command below it.`;
  return { ...error, message: `Task '${name}' must be a table or a command, not ${show(value)}` };
}

function explainValue({ path, shape, value }: SchemaViolation): ConfigError {
  const message = `${fieldName(path)} must be ${allowed(shape, value, path)}, not ${show(value)}`;
  return { code: "E104", path, part: "value", message, hint: valueHint(shape, value, path) };
}

function allowed(shape: Shape, value: unknown, path: Path): string {
  if (path.length === 1 && path[0] === "name") return SESSION_NAME_RULE;
  if (isTaskPort(path)) return 'a port from 1 to 65535, "3000+" or "auto"';
  if (shape.anyOf !== undefined) return allowedForms(shape, value);
  if (shape.type === "boolean") return "true or false";
  if (shape.type === "array") return shape.minItems ? "a list that is not empty" : "a list";
  if (shape.type === "object") return "a table";
  if (isProfile(path) && typeof value === "string") return TASK_NAME_RULE;
  if (shape.type === "string") return allowedText(value);
  return `a ${shape.type === "integer" ? "whole number" : "number"} ${range(shape)}`;
}

/** The values that a union allows: its description, or the list of its words. */
function allowedForms(shape: Shape, value: unknown): string {
  const words = shape.anyOf?.map((form) => form.const).filter((word) => word !== undefined) ?? [];
  if (words.length > 0)
    return words
      .map((word) => JSON.stringify(word))
      .join(", ")
      .replace(/, ([^,]*)$/, " or $1");
  const [first, second] = shape.anyOf?.map((form) => form.type) ?? [];
  const isSize = first === "string" && (second === "integer" || second === "number");
  const hasNul = typeof value === "string" && value.includes("\0");
  // A task may be a bare command.
  if (second === "object" || (hasNul && !isSize)) return allowedText(value);
  if (second === "array") return "a file name or a list of them";
  return first === "integer" ? "PORT or HOST:PORT" : 'a size like "10MB" or a number of bytes';
}

const allowedText = (value: unknown): string => {
  if (typeof value !== "string") return "a string";
  return value.includes("\0") ? "a string without NUL" : "a string that is not empty";
};

const range = ({ minimum, exclusiveMinimum, maximum }: Shape): string =>
  exclusiveMinimum === undefined
    ? `from ${minimum} to ${maximum}`
    : `above ${exclusiveMinimum}, at most ${maximum}`;

const LONGEST = 60;

/** A value as TOML writes it, cut to one short line. */
function show(value: unknown): string {
  if (typeof value === "string") {
    return JSON.stringify(value.length > LONGEST ? `${value.slice(0, LONGEST)}...` : value);
  }
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (isTable(value)) return "a table";
  if (typeof value !== "number" && typeof value !== "boolean") return "a date or time";
  return String(value).replace("Infinity", "inf").replace("NaN", "nan");
}

function valueHint(shape: Shape, value: unknown, path: Path): string | null {
  if (path.length === 1 && path[0] === "name" && typeof value === "string") {
    return `Name it '${suggestName(value)}'.`;
  }
  if (typeof value === "string") return isTaskPort(path) ? portHint(value) : textHint(shape, value);
  if (shape.type === "object" && Array.isArray(value))
    return "Use single brackets for a table: [name].";
  const scalar = typeof value === "number" || typeof value === "boolean";
  if (shape.type === "string" && scalar) return `Put it in quotes: "${show(value)}".`;
  return shape.anyOf !== undefined && value === false ? wordHint(shape, "no") : null;
}

const isProfile = (path: Path): boolean => path.length === 4 && path[2] === "profiles";
const isTaskPort = (path: Path): boolean => path.length === 3 && path[2] === "port";

function portHint(value: string): string | null {
  const port = Number(/^\s*(\d{1,5})\s*$/.exec(value)?.[1] ?? 0);
  if (port < 1 || port > 65535) return null;
  return `Write it without quotes: ${port}. "${port}+" is that one or the next free one.`;
}

function textHint(shape: Shape, value: string): string | null {
  const text = value.trim();
  if (shape.type === "array") return `Write it as a list: [${show(value)}].`;
  if (shape.type === "boolean") return booleanHint(text.toLowerCase());
  if (shape.anyOf !== undefined) return wordHint(shape, text);
  if (shape.type !== "number" && shape.type !== "integer") return null;
  if (text !== "" && Number.isFinite(Number(text))) return `Write it without quotes: ${text}.`;
  const seconds = parseDuration(text);
  return seconds === null ? null : `Write it in seconds: ${seconds}.`;
}

function booleanHint(text: string): string | null {
  if (["true", "yes", "on", "1"].includes(text)) return "Write it without quotes: true.";
  return ["false", "no", "off", "0"].includes(text) ? "Write it without quotes: false." : null;
}

function wordHint(shape: Shape, text: string): string | null {
  const words = shape.anyOf?.map((form) => form.const).filter((word) => typeof word === "string");
  const nearest = nearestName(text, words ?? []);
  return nearest === null ? null : `Did you mean "${nearest}"?`;
}
