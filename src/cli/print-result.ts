import { FAILED, OK, WRONG, WRONG_CODES } from "../domain/exit-status.ts";
import type { Failure } from "../domain/failure.ts";
import type { Result } from "./command.ts";
import { printIfRead, printJson, printLines, viewOf } from "./output.ts";
import type { Outcome } from "./render/results.ts";

/** The keys that any result may have. */
interface Common extends Outcome {
  ok?: boolean;
  hint?: string;
  warnings?: string[];
}

/** Prints a result, as text or JSON, and returns the exit status. */
export async function printResult(
  { value, status, lines, note }: Result,
  json: boolean,
): Promise<number> {
  const common: Common = value;
  if (json) printIfRead(() => printJson(value));
  else {
    const text = await lines(viewOf(1));
    printIfRead(() => printLines(1, text));
    await printProblems(common);
    const sentence = note?.() ?? null;
    if (sentence !== null) printLines(2, [sentence]);
  }
  return status ?? (common.ok === false ? FAILED : OK);
}

async function printProblems({ warnings = [], hint, ...outcome }: Common): Promise<void> {
  // consola takes longer to load than all the rest of `status`: only for messages.
  if (outcome.error === undefined && warnings.length === 0) return;
  const { printMessage } = await import("./messages.ts");
  for (const warning of warnings) printMessage("warn", warning);
  if (outcome.error === undefined) return;
  const { errorSentence } = await import("./render/results.ts");
  printMessage("error", errorSentence(outcome), hint);
}

/** Prints a failure and returns its exit status. */
export async function printFailure(failure: Failure, json: boolean): Promise<number> {
  if (json) printIfRead(() => printJson(failureResult(failure)));
  else {
    const { printMessage, printConfigProblems } = await import("./messages.ts");
    const { problems = [], file } = failure;
    if (file !== undefined && problems.length > 1) printConfigProblems(file, problems);
    else printMessage("error", failure.message, failure.hint);
  }
  return WRONG_CODES.has(failure.code) ? WRONG : FAILED;
}

/** A failure as JSON. */
export const failureResult = ({ message, code, hint, problems }: Failure) => ({
  ok: false,
  error: message,
  error_code: code,
  ...(hint === undefined ? {} : { hint }),
  ...(problems === undefined ? {} : { errors: problems }),
});
