import { type ApiCommand, type ApiParams, apiParams } from "./api-params.ts";
import { isTable, type Misfit, misfits, type Shape } from "./config-shape.ts";
import { Failure } from "./failure.ts";
import { didYouMean } from "./suggest.ts";

/** What a client calls its request; the reply bears it. */
export type ApiId = string | number;

/** A command with params that are as they should be. */
export type ApiRequest = {
  [C in ApiCommand]: { command: C; params: ApiParams<C> };
}[ApiCommand];

/** What a message asks for, and what its reply is to be called, where that can be read. */
export interface ReadMessage {
  id: ApiId | null;
  request: ApiRequest | Failure;
}

const KEYS = ["command", "params", "id"];
const COMMANDS = Object.keys(apiParams) as ApiCommand[];

/** Reads a client's message; E501 for a command that there is none of, E500 for all else that is wrong with it. */
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

/** One that would not come back as it was sent is none. */
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
    const sentence = command === undefined ? "there is none" : `it is ${show(command)}`;
    return wrong(`'command' must be a command's name: ${sentence}`, EXAMPLE);
  }
  if (!isCommand(command)) return unknownCommand(command);
  const given = params ?? {};
  const [misfit] = misfits(apiParams[command] as Shape, given);
  if (misfit !== undefined) return explain(command, misfit);
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
  const place = `It belongs into params: {"command": .., "params": {"${key}": ..}}`;
  const short = key.slice(0, LONGEST);
  const hint = isParam ? place : (didYouMean(short, KEYS) ?? `Known keys: ${KEYS.join(", ")}`);
  return wrong(`Unknown key ${show(key)} in the message`, hint);
}

function explain(command: ApiCommand, { kind, path, shape, value }: Misfit): Failure {
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

/** Who sends both means one of them; who sends none must not kill all. */
function tooManyNames(command: ApiCommand, { task, tasks }: { task?: unknown; tasks?: unknown }) {
  if (task !== undefined && tasks !== undefined)
    return wrong(`${command}: 'task' or 'tasks', not both`);
  if (command !== "kill" || task !== undefined || tasks !== undefined) return null;
  return wrong("kill needs a task's name", '{"command": "kill", "params": {"task": ..}}');
}

const LONGEST = 60;

/** A value of a stranger on one short line; what is nested isn't looked into. */
function show(value: unknown): string {
  if (typeof value === "string") {
    return JSON.stringify(value.length > LONGEST ? `${value.slice(0, LONGEST)}..` : value);
  }
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
