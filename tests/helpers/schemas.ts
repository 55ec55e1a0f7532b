import { Value } from "@sinclair/typebox/value";
import type { TSchema } from "@sinclair/typebox";
import { findCommand } from "../../src/cli/command-table.ts";
import * as results from "../../src/domain/results/results.ts";
import type { Output } from "./command.ts";
import { processesWith } from "./processes.ts";
import type { RunOptions, World } from "./world.ts";

/** What a command said with `--json`; `result` has been checked against its schema. */
export interface Said {
  exitCode: number;
  result: any;
  stderr: string;
}

/**
 * Runs a command line with `--json` and checks all that holds for every one: stdout is one JSON document
 * and a newline, which its schema describes to the last key, and `ok: false` and a non-zero exit status
 * come together. Words are parted by blanks; write a flag's value as `--flag=value`.
 */
export async function ask(world: World, line: string, options?: RunOptions): Promise<Said> {
  const words = line.split(" ");
  const output = await world.run([...words, "--json"], options);
  return said(output, schemaOf(words));
}

/** The status item of one task. */
export async function statusOf(world: World, task: string, line = "status"): Promise<any> {
  const { result } = await ask(world, line);
  return result.tasks.find(({ name }: { name: string }) => name === task);
}

/** Pids of all that bears the mark of a task of this world: its processes, and its checks and hooks. */
export function processesOf(world: World, task: string): number[] {
  const ours = new Set(processesWith(`TASKMUX_TEST_WORLD=${world.root}`, world.root));
  return processesWith(`TASKMUX_TASK=${task}`).filter((pid) => ours.has(pid));
}

/** Checks an output as `ask` does; `schema` is a name in domain/results.ts, null where only failures come. */
export function said(output: Output, schema: string | null): Said {
  const { exitCode, stderr } = output;
  const result = oneDocument(output);
  const isFailure = result.ok === false;
  if (isFailure) conforms("errorSchema", result, false);
  if (schema !== null && (!isFailure || hasMore(result))) conforms(schema, result);
  if (isFailure !== (exitCode !== 0) && "ok" in result) {
    throw new Error(`ok is ${result.ok}, the exit status ${exitCode}: ${output.stdout}`);
  }
  return { exitCode, result, stderr };
}

function oneDocument(output: Output): any {
  if (/\n./s.test(output.stdout)) throw new Error(`More than one line: ${output.stdout}`);
  try {
    return output.json();
  } catch (error) {
    throw new Error(`Not one JSON document: ${output.stdout}\nstderr: ${output.stderr}`, {
      cause: error,
    });
  }
}

/** An error that a command prints in place of its result has no other keys. */
const hasMore = (result: object): boolean =>
  Object.keys(result).some((key) => !["ok", "error", "error_code", "hint", "errors"].includes(key));

/** Throws where a value isn't what the schema of this name says, or has a key that it doesn't tell of. */
export function conforms(name: string, value: unknown, wholly = true): void {
  const schema = (results as unknown as Record<string, TSchema>)[name];
  if (schema === undefined) throw new Error(`There is no schema '${name}'`);
  const [error] = Value.Errors(schema, value);
  const shown = JSON.stringify(value);
  if (error) throw new Error(`${name}: ${error.path} ${error.message}: ${shown}`);
  const known = Value.Clean(schema, structuredClone(value));
  if (wholly && !Bun.deepEquals(known, value)) {
    throw new Error(`${name} doesn't tell of all keys of ${shown}`);
  }
}

/** A command's schemas are those for no name, where it can do without, for one, and for several. */
function schemaOf(words: string[]): string | null {
  const [name = "", ...names] = words.filter((word) => !word.startsWith("-"));
  const schemas = findCommand(name)?.schemas ?? [];
  const ofVerb = `${name}${capitalised(names[0] ?? "")}Schema`;
  if (schemas.includes(ofVerb)) return ofVerb;
  const fromEnd = [-schemas.length, -2, -1][Math.min(names.length, 2)] ?? -1;
  return schemas.at(fromEnd) ?? schemas[0] ?? null;
}

const capitalised = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1);
