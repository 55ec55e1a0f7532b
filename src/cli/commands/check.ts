import { checkFile } from "../../adapters/config/check.ts";
import { findConfig } from "../../adapters/config/file.ts";
import { type Failure, isFailure } from "../../domain/failure.ts";
import { printable, printableValue } from "../../domain/values/printable.ts";
import type { Check } from "../../domain/results/results.ts";
import type { Invocation } from "../command.ts";
import { printJson, printLines, viewOf } from "../output.ts";
import { renderCheck } from "../render/results.ts";

/** `taskmux check`. Works without a valid project, so it doesn't use the common path of commands. */
export async function check({ location, json }: Invocation): Promise<number | Failure> {
  const path = findConfig(location.cwd, location.explicit);
  if (isFailure(path)) return path;
  const report = await checkFile(path);
  if (isFailure(report)) return report;
  const result = checkResult(path, [...report.errors], report.warnings);
  if (json) printJson(result);
  else {
    printLines(1, renderCheck(printableValue(result), viewOf(1)));
    printLines(
      2,
      report.warnings.map((warning) => `warning: ${printable(warning)}`),
    );
  }
  return result.ok ? 0 : 2;
}

function checkResult(config_path: string, errors: Check["errors"], warnings: string[]): Check {
  const [first] = errors;
  const rest = { config_path, errors, warnings };
  if (!first) return { ok: true, ...rest };
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  return { ok: false, error: `${first.message}${more}`, error_code: first.code, ...rest };
}
