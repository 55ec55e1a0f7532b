import { Failure } from "../failure.ts";
import { violationsOf, type Shape } from "../values/shape.ts";
import { didYouMean } from "../values/suggest.ts";
import type { Tool, ToolInput, ToolName } from "./tools.ts";

/** A call of a tool, with valid arguments. */
export type ToolRequest = { [N in ToolName]: { tool: N; args: ToolInput<N> } }[ToolName];

/** Checks the arguments of a call; E500 with what is wrong. */
export function readCall(tool: Tool, args: unknown): ToolRequest | Failure {
  const given = args ?? {};
  const [violation] = violationsOf(tool.inputSchema as Shape, given);
  if (violation === undefined) return { tool: tool.name, args: given } as ToolRequest;
  const { path, kind } = violation;
  const key = path.join(".").slice(0, 60);
  if (path.length === 0) return new Failure("E500", `The arguments of ${tool.name} are no object`);
  const known = Object.keys(tool.inputSchema.properties);
  const all = `It takes: ${known.join(", ")}`;
  if (kind === "unknown")
    return new Failure(
      "E500",
      `${tool.name} has no argument '${key}'`,
      didYouMean(key, known) ?? all,
    );
  if (kind === "missing") return new Failure("E500", `${tool.name} needs the argument '${key}'`);
  return new Failure("E500", `${tool.name}: '${key}' must be ${wanted(violation.shape)}`);
}

/** What a value must be, in words. */
function wanted(shape: Shape): string {
  const { type, anyOf, minimum, maximum, items } = shape;
  if (anyOf !== undefined) return anyOf.map(wanted).join(" or ");
  if (shape.const !== undefined) return JSON.stringify(shape.const);
  const range =
    minimum === undefined
      ? ""
      : maximum === undefined
        ? ` from ${minimum}`
        : ` from ${minimum} to ${maximum}`;
  if (type === "array") return `a list that isn't empty, each ${wanted(items ?? {})}`;
  if (type === "integer") return `a whole number${range}`;
  return type === "object"
    ? "an object of texts"
    : `${type === "string" ? "a text" : `a ${type}`}${range}`;
}
