import { isFailure, type Failure } from "../../domain/failure.ts";
import type { Answer, Context } from "../context.ts";

/** Adds to a use case's result a warning about what could not be recorded, if anything. */
export function withUnrecorded<T extends object>(
  { unrecorded }: Pick<Context, "unrecorded">,
  answer: Answer<T> | Failure,
): Answer<T> | Failure {
  const added = unrecorded.warnings();
  if (isFailure(answer) || added.length === 0) return answer;
  const { warnings = [] } = answer.result as { warnings?: readonly string[] };
  return { ...answer, result: { ...answer.result, warnings: [...warnings, ...added] } };
}
