import { checkFile } from "../adapters/config-check.ts";
import { findConfig } from "../adapters/config-file.ts";
import { type Failure, isFailure } from "../domain/failure.ts";
import type { Check } from "../domain/results.ts";
import { type Place, viewOf } from "./action.ts";
import { printJson, printLines } from "./output.ts";
import { renderCheck } from "./render.ts";

/** `taskmux check`: needs no valid project, so it stands beside the other commands. */
export async function check(place: Place, json: boolean): Promise<number | Failure> {
  const path = findConfig(place.cwd, place.explicit);
  if (isFailure(path)) return path;
  const report = await checkFile(path);
  if (isFailure(report)) return report;
  const result = checkResult(path, [...report.errors], report.warnings);
  if (json) printJson(result);
  else {
    printLines(1, renderCheck(result, viewOf(1)));
    printLines(
      2,
      report.warnings.map((warning) => `warning: ${warning}`),
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
