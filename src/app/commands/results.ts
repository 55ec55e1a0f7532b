import type { Failure } from "../../domain/failure.ts";
import type { SeveralTasks } from "../../domain/results/results.ts";

/** The keys of a failed result. */
export const failureKeys = ({ message, code, hint }: Failure) => ({
  error: message,
  error_code: code,
  ...(hint === undefined ? {} : { hint }),
});

/** The result of several tasks: `ok` only if all of them are. */
export function several<T extends { ok: boolean; error?: string; error_code?: Failure["code"] }>(
  results: T[],
): SeveralTasks<T> {
  const failed = results.filter((result) => !result.ok);
  const [first] = failed;
  if (!first) return { ok: true, results };
  const error =
    failed.length === 1
      ? first.error
      : `${failed.length} of ${results.length} tasks failed: ${first.error}`;
  return { ok: false, error: error ?? "", error_code: first.error_code ?? "E900", results };
}
