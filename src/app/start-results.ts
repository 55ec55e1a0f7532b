import type { Task } from "../domain/config.ts";
import type { Failure } from "../domain/failure.ts";
import { inStartOrder, withDependencies } from "../domain/graph.ts";
import type { SeveralTasks, StartAll, StartTask } from "../domain/results.ts";
import { type Outcome, skipFailure } from "./bring-up.ts";
import type { Context } from "./context.ts";
import type { Report, StartRequest } from "./start.ts";

type Action = "started" | "restarted";

const TIMED_OUT = 124;

/** What `start` and `restart` print, for one name, several, or none. */
export function answer(
  ctx: Context,
  request: StartRequest,
  tasks: Task[],
  report: Report,
  action: Action,
) {
  const [only] = request.names;
  const one = (name: string) => taskResult(name, tasks, report, action);
  const status = report.timedOut ? { status: TIMED_OUT } : {};
  if (only === undefined) return { result: allResult(ctx, tasks, report, action), ...status };
  if (request.names.length === 1) return { result: one(only), ...status };
  return { result: several([...new Set(request.names)].map(one)), ...status };
}

const failureKeys = ({ message, code, hint }: Failure) => ({
  error: message,
  error_code: code,
  ...(hint === undefined ? {} : { hint }),
});

/** Results of several tasks: `ok` only if all are. */
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

function taskResult(
  name: string,
  tasks: Task[],
  { outcomes, warnings: common }: Report,
  action: Action,
): StartTask {
  const outcome = outcomes.get(name)!;
  const before = withDependencies(tasks, [name]).filter((task) => task.name !== name);
  const dependencies = inStartOrder(before)
    .map((task) => task.name)
    .filter((dependency) => outcomes.get(dependency)?.kind === "started");
  const warnings = [...common, ...(outcome.kind === "started" ? outcome.warnings : [])];
  switch (outcome.kind) {
    case "started":
      return { ok: true, task: name, action, warnings, dependencies };
    case "already_running":
      return { ok: true, task: name, action: "already_running", warnings, dependencies };
    case "skipped":
      return {
        ok: false,
        ...failureKeys(skipFailure(name, outcome.reason)),
        task: name,
        warnings,
        dependencies,
      };
    case "failed":
      return { ok: false, ...failureKeys(outcome.failure), task: name, warnings, dependencies };
  }
}

function allResult(
  ctx: Context,
  tasks: Task[],
  { outcomes, warnings }: Report,
  action: Action,
): StartAll {
  const names = inStartOrder(tasks).map((task) => task.name);
  const of = (name: string) => outcomes.get(name);
  const skipped = names.flatMap((task) => {
    const outcome = of(task);
    return outcome?.kind === "skipped" ? [{ task, reason: outcome.reason }] : [];
  });
  const failed = names.flatMap((task) => {
    const outcome = of(task);
    if (outcome?.kind !== "failed") return [];
    const { message: error, code: error_code } = outcome.failure;
    return [{ task, error, error_code }];
  });
  const own = names.flatMap((name) => {
    const outcome = of(name);
    return outcome?.kind === "started" ? outcome.warnings : [];
  });
  const report = {
    session: ctx.project.session,
    action,
    tasks: names.filter((name) => of(name)?.kind === "started"),
    already_running: names.filter((name) => of(name)?.kind === "already_running"),
    skipped,
    failed,
    warnings: [...warnings, ...own],
  };
  const failures = names.flatMap((name) => failureOf(name, of(name)) ?? []);
  const [first] = failures;
  if (!first) return { ok: true, ...report };
  const sum = `${failures.length} of ${names.length} tasks are not up: ${first.message}`;
  return {
    ok: false,
    ...failureKeys(first),
    ...(failures.length > 1 ? { error: sum } : {}),
    ...report,
  };
}

/** Why a task isn't up; those that failed themselves tell more than those that were skipped for it. */
function failureOf(name: string, outcome: Outcome | undefined): Failure | null {
  if (outcome?.kind === "failed") return outcome.failure;
  return outcome?.kind === "skipped" ? skipFailure(name, outcome.reason) : null;
}
