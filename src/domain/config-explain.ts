import { taskShape } from "./config-load.ts";
import { sessionNameRule, suggestName, taskNameRule } from "./config-names.ts";
import type { Path } from "./config-places.ts";
import { fieldName, type Fault } from "./config-rules.ts";
import { isTable, type Misfit, type Shape } from "./config-shape.ts";
import { didYouMean, nearestName } from "./suggest.ts";
import { parseDuration } from "./units.ts";

// Only loaded for a config that has errors.

/** What a misfit is called: the sentence, the code and the guess. */
export function explain(misfit: Misfit): Fault {
  if (misfit.kind === "unknown") return explainKey(misfit);
  return explainTask(misfit) ?? explainValue(misfit);
}

function explainKey(misfit: Misfit): Fault {
  const { path } = misfit;
  const key = String(path.at(-1));
  if (path.at(-2) === "env") return badName(path, "not be empty, and have no '=' and no NUL", null);
  if (path.length === 2 && path[0] === "tasks") {
    return badName(path, `be ${taskNameRule}`, suggestName(key));
  }
  const table = path.length === 1 ? "at the top level" : `in [${fieldName(path.slice(0, -1))}]`;
  const message = `Unknown key '${key}' ${table}`;
  return { code: "E103", path, part: "key", message, hint: keyHint(misfit, key) };
}

function badName(path: Path, rule: string, better: string | null): Fault {
  const message = `${fieldName(path)}: the name must ${rule}`;
  const hint = better === null ? null : `Name it '${better}'.`;
  return { code: "E104", path, part: "key", message, hint };
}

function keyHint({ path, shape, value }: Misfit, key: string): string | null {
  const known = Object.keys(shape.properties ?? {});
  const isTask = isTable(value) && Object.hasOwn(value, "command");
  const isTop = path.length === 1;
  if (isTask && isTop && nearestName(key, known) === null) return `Did you mean [tasks.${key}]?`;
  if (isTask && path.length === 3) return `Did you mean [tasks."${path[1]}.${key}"]?`;
  const guess = didYouMean(key, known);
  if (guess !== null) return guess;
  if (isTop && nearestName(key, Object.keys(taskShape().properties ?? {})) !== null) {
    return "It is a field of a task: it belongs into [tasks.NAME].";
  }
  return known.length <= 8 ? `Known keys: ${known.join(", ")}.` : null;
}

/** E102: what is no task at all. */
function explainTask({ path, kind, value }: Misfit): Fault | null {
  const [root, name, field] = path;
  const isCommand = path.length === 3 && field === "command";
  if (root !== "tasks" || !(path.length === 2 || isCommand)) return null;
  const fault = {
    code: "E102" as const,
    path,
    part: "value" as const,
    hint: 'Like command = "npm run dev".',
  };
  if (kind === "missing") return { ...fault, message: `Task '${name}' has no command` };
  if (typeof value === "string" && value.trim() === "") {
    return { ...fault, message: `Task '${name}' has an empty command` };
  }
  if (isCommand || typeof value === "string") return null;
  fault.hint = `Write [tasks.${name}], and its command below.`;
  return { ...fault, message: `Task '${name}' must be a table or a command, not ${show(value)}` };
}

function explainValue({ path, shape, value }: Misfit): Fault {
  const message = `${fieldName(path)} must be ${allowed(shape, value, path)}, not ${show(value)}`;
  return { code: "E104", path, part: "value", message, hint: valueHint(shape, value, path) };
}

function allowed(shape: Shape, value: unknown, path: Path): string {
  if (path.length === 1 && path[0] === "name") return sessionNameRule;
  if (shape.anyOf !== undefined) return allowedForms(shape);
  if (shape.type === "boolean") return "true or false";
  if (shape.type === "array") return shape.minItems ? "a list that is not empty" : "a list";
  if (shape.type === "object") return "a table";
  if (shape.type === "string") return allowedText(value);
  return `a ${shape.type === "integer" ? "whole number" : "number"} ${range(shape)}`;
}

/** A union says in its description what it allows, unless it is one of a few words. */
function allowedForms(shape: Shape): string {
  const words = shape.anyOf?.map((form) => form.const).filter((word) => word !== undefined) ?? [];
  if (words.length > 0)
    return words
      .map((word) => JSON.stringify(word))
      .join(", ")
      .replace(/, ([^,]*)$/, " or $1");
  const [first, second] = shape.anyOf?.map((form) => form.type) ?? [];
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

/** A value as it is written in TOML, cut to one short line. */
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
  if (typeof value === "string") return textHint(shape, value);
  if (shape.type === "object" && Array.isArray(value)) return "A table's head has single brackets.";
  const scalar = typeof value === "number" || typeof value === "boolean";
  if (shape.type === "string" && scalar) return `Put it in quotes: "${show(value)}".`;
  return shape.anyOf !== undefined && value === false ? wordHint(shape, "no") : null;
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
