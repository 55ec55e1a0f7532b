import { type ApiCommand, type ApiParams, apiParams } from "./params.ts";
import { isTable, type SchemaViolation, violationsOf, type Shape } from "../values/shape.ts";
import { Failure } from "../failure.ts";
import { didYouMean } from "../values/suggest.ts";

/** A client's id for its request; the reply carries it. */
export type ApiId = string | number;

/** A command with valid params. */
export type ApiRequest = {
  [C in ApiCommand]: { command: C; params: ApiParams<C> };
}[ApiCommand];

/** The request in a message, or why it is invalid, and the id for the reply if it could be read. */
export interface ReadMessage {
  id: ApiId | null;
  request: ApiRequest | Failure;
}

const KEYS = ["command", "params", "id"];
const COMMANDS = Object.keys(apiParams) as ApiCommand[];

/** Reads a client's message. E501 for an unknown command, E500 for any other error. */
export function readMessage(text: string): ReadMessage {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return { id: null, request: wrong("The message is not JSON", EXAMPLE) };
  }
  if (!isTable(message)) {
    const sentence = `The message must be a JSON object, not ${show(message)}`;
    return { id: null, request: wrong(sentence, EXAMPLE) };
  }
  const id = readId(message["id"]);
  if (id instanceof Failure) return { id: null, request: id };
  return { id, request: readRequest(message) };
}

const EXAMPLE = 'Like {"command": "status"}';

const wrong = (sentence: string, hint?: string): Failure => new Failure("E500", sentence, hint);

/** The id of a message. Refuses a number that JSON doesn't return exactly as it was sent. */
function readId(id: unknown): ApiId | null | Failure {
  if (id === undefined || id === null) return null;
  if (typeof id === "string") return id;
  const isExact = Number.isSafeInteger(id) || (Number.isFinite(id) && !Number.isInteger(id));
  if (isExact) return id as number;
  return wrong(`'id' must be a string, or a number that is exact, not ${show(id)}`);
}

function readRequest(message: Record<string, unknown>): ApiRequest | Failure {
  const { command, params } = message;
  const stray = Object.keys(message).find((key) => !KEYS.includes(key));
  if (stray !== undefined) return strayKey(stray);
  if (typeof command !== "string") {
    const sentence = command === undefined ? "it is missing" : `it is ${show(command)}`;
    return wrong(`'command' must be a command's name: ${sentence}`, EXAMPLE);
  }
  if (!isCommand(command)) return unknownCommand(command);
  const given = params ?? {};
  const [violation] = violationsOf(apiParams[command] as Shape, given);
  if (violation !== undefined) return explain(command, violation);
  return tooManyNames(command, given) ?? ({ command, params: given } as ApiRequest);
}

const isCommand = (name: string): name is ApiCommand => Object.hasOwn(apiParams, name);

const unknownCommand = (name: string): Failure =>
  new Failure(
    "E501",
    `Unknown command ${show(name)}`,
    didYouMean(name.slice(0, LONGEST), COMMANDS) ?? `Commands: ${COMMANDS.join(", ")}`,
  );

function strayKey(key: string): Failure {
  const isParam = Object.values(apiParams).some(({ properties }) => Object.hasOwn(properties, key));
  const place = `Put it in params: {"command": .., "params": {"${key}": ..}}`;
  const short = key.slice(0, LONGEST);
  const hint = isParam ? place : (didYouMean(short, KEYS) ?? `Known keys: ${KEYS.join(", ")}`);
  return wrong(`Unknown key ${show(key)} in the message`, hint);
}

function explain(command: ApiCommand, { kind, path, shape, value }: SchemaViolation): Failure {
  const { properties } = apiParams[command];
  const known = Object.keys(properties);
  const key = String(path[0]).slice(0, LONGEST);
  if (path.length === 0) return wrong(`'params' must be an object, not ${show(value)}`, EXAMPLE);
  if (kind === "unknown") {
    const all = known.length === 0 ? "It takes none." : `It takes: ${known.join(", ")}`;
    return wrong(`${command} has no param ${show(key)}`, didYouMean(key, known) ?? all);
  }
  const wanted = (shape.properties?.[key] ?? shape).description ?? "";
  if (kind === "missing") return wrong(`${command} needs the param '${key}': ${wanted}`);
  return wrong(`${command}: '${path.join(".")}' must be ${wanted}, not ${show(value)}`);
}

/** `task` and `tasks` exclude each other; `kill` without a name must not kill all tasks. */
function tooManyNames(command: ApiCommand, { task, tasks }: { task?: unknown; tasks?: unknown }) {
  if (task !== undefined && tasks !== undefined)
    return wrong(`${command}: 'task' or 'tasks', not both`);
  if (command !== "kill" || task !== undefined || tasks !== undefined) return null;
  return wrong("kill needs a task's name", '{"command": "kill", "params": {"task": ..}}');
}

const LONGEST = 60;

/** A client's value, as one short line. Nested values are not shown. */
function show(value: unknown): string {
  if (typeof value === "string") {
    return JSON.stringify(value.length > LONGEST ? `${value.slice(0, LONGEST)}..` : value);
  }
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
