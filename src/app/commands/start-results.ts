import type { Task } from "../../domain/config/config.ts";
import type { ErrorGroup } from "../../domain/diagnosis/digest/groups.ts";
import { type ErrorCode, Failure } from "../../domain/failure.ts";
import { inStartOrder, withDependencies } from "../../domain/tasks/graph.ts";
import type { StartAll, StartTask } from "../../domain/results/results.ts";
import type { Skip, StartOutcome } from "../tasks/bring-up.ts";
import type { Context } from "../context.ts";
import { TIMED_OUT } from "../../domain/exit-status.ts";
import { namesOf } from "../selection.ts";
import type { Report, StartRequest } from "../tasks/start-tasks.ts";
import { failureKeys, several } from "./results.ts";

type Action = "started" | "restarted";

/** What is said of a start: its outcomes, and the errors that failed launches printed. */
interface Outcomes extends Report {
  errors: ReadonlyMap<string, ErrorGroup[]>;
}

/** The result of `start` and `restart`, for one name, several, or none. */
export async function answer(
  ctx: Context,
  request: StartRequest & { dependents?: readonly string[] },
  tasks: Task[],
  report: Report,
  action: Action,
) {
  const [only] = request.names;
  const all = { ...report, errors: await errorsOf(ctx, tasks, report) };
  const one = (name: string) => {
    const result = taskResult(name, tasks, all, action, request.names);
    const ofIt = ({ name: other }: Task) =>
      request.dependents?.includes(other) && withDependencies(tasks, [other]).some(isIt);
    const isIt = (task: Task) => task.name === name;
    return withDependents(result, all, namesOf(inStartOrder(tasks.filter(ofIt))));
  };
  const status = report.timedOut ? { status: TIMED_OUT } : {};
  if (only === undefined) return { result: allResult(ctx, tasks, all, action), ...status };
  if (request.names.length === 1) return { result: one(only), ...status };
  return { result: several(request.names.map(one)), ...status };
}

/** The failures of a task that was launched. */
const FAILURES_AFTER_LAUNCH: ReadonlySet<string> = new Set<ErrorCode>(["E214", "E215"]);

/** Whether a start has launched a task, however that ended. */
export const isLaunched = (outcome: StartOutcome | undefined): boolean =>
  outcome?.kind === "started" ||
  (outcome?.kind === "failed" && FAILURES_AFTER_LAUNCH.has(outcome.failure.code));

/** The errors that the failed launches printed, by task. */
async function errorsOf(
  ctx: Context,
  tasks: Task[],
  { outcomes }: Report,
): Promise<Outcomes["errors"]> {
  const failed = tasks.filter(({ name }) => {
    const outcome = outcomes.get(name);
    return outcome?.kind === "failed" && isLaunched(outcome);
  });
  if (failed.length === 0) return new Map();
  // Most starts need none of it.
  const { errorsOfLaunch } = await import("../logs/run-errors.ts");
  return new Map(
    await Promise.all(
      failed.map(async (task) => [task.name, await errorsOfLaunch(ctx, task)] as const),
    ),
  );
}

/** The errors of a task's launch as a key of its result; no key if there are none. */
function errorKeys({ errors }: Outcomes, task: string): { errors?: ErrorGroup[] } {
  const groups = errors.get(task) ?? [];
  return groups.length === 0 ? {} : { errors: groups };
}

function taskResult(
  name: string,
  tasks: Task[],
  report: Outcomes,
  action: Action,
  named: readonly string[],
): StartTask {
  const { outcomes, warnings: ofAll } = report;
  const outcome = outcomes.get(name)!;
  const before = withDependencies(tasks, [name]).filter((task) => task.name !== name);
  const dependencies = inStartOrder(before)
    .map((task) => task.name)
    .filter((dependency) => outcomes.get(dependency)?.kind === "started");
  const warnings = [...ofAll, ...warningsOf(outcome)];
  const common = { task: name, warnings, dependencies };
  switch (outcome.kind) {
    case "started":
      return { ok: true, ...common, action, pid: outcome.pid };
    case "already_running":
      return { ok: true, ...common, ...runningKeys(outcome) };
    case "skipped":
      return {
        ok: false,
        ...failureKeys(skipFailure(name, outcome, named.includes(outcome.root))),
        ...common,
        ...errorKeys(report, outcome.root),
      };
    case "failed":
      return {
        ok: false,
        ...failureKeys(outcome.failure),
        ...common,
        ...errorKeys(report, name),
      };
  }
}

/** The result of a restart whose dependents were restarted, too: it fails if one of them does. */
function withDependents(result: StartTask, report: Outcomes, names: string[]): StartTask {
  if (names.length === 0) return result;
  const { outcomes } = report;
  const dependents = names.filter((name) => outcomes.get(name)?.kind === "started");
  const [failure] = failuresOf(names, outcomes);
  if (!result.ok || failure === undefined) return { ...result, dependents };
  const failed = names.find((name) => outcomes.get(name)?.kind === "failed");
  const errors = failed === undefined ? {} : errorKeys(report, failed);
  return { ...result, ok: false, ...failureKeys(failure), ...errors, dependents };
}

/** A restart that joined another one's launch has what it was asked for. */
const runningKeys = ({ pid, joined }: StartOutcome & { kind: "already_running" }) =>
  joined
    ? { action: "restarted" as const, joined: true as const, pid }
    : { action: "already_running" as const, pid };

function allResult(ctx: Context, tasks: Task[], all: Outcomes, action: Action): StartAll {
  const { outcomes, warnings } = all;
  const names = inStartOrder(tasks).map((task) => task.name);
  const { warnings: own, ...lists } = outcomeLists(names, all);
  const { session } = ctx.project;
  const joined = names.filter((name) => isJoined(outcomes.get(name)));
  const more = action === "restarted" ? { joined } : {};
  const report = { session, action, ...lists, ...more, warnings: [...warnings, ...own] };
  const failures = failuresOf(names, outcomes);
  const [first] = failures;
  if (!first) return { ok: true, ...report };
  const sum = `${failures.length} of ${names.length} tasks are not running: ${first.message}`;
  return {
    ok: false,
    ...failureKeys(first),
    ...(failures.length > 1 ? { error: sum } : {}),
    ...report,
  };
}

/** The names of the tasks by what became of them, and the warnings of those that were started. */
function outcomeLists(names: string[], all: Outcomes) {
  const { outcomes } = all;
  const of = (name: string) => outcomes.get(name);
  const skipped = names.flatMap((task) => {
    const outcome = of(task);
    return outcome?.kind === "skipped" ? [{ task, reason: outcome.reason }] : [];
  });
  const failed = names.flatMap((task) => {
    const outcome = of(task);
    if (outcome?.kind !== "failed") return [];
    const { message: error, code: error_code } = outcome.failure;
    return [{ task, error, error_code, ...errorKeys(all, task) }];
  });
  const warnings = names.flatMap((name) => {
    const outcome = of(name);
    return outcome === undefined ? [] : warningsOf(outcome);
  });
  return {
    tasks: names.filter((name) => of(name)?.kind === "started"),
    already_running: names.filter(
      (name) => of(name)?.kind === "already_running" && !isJoined(of(name)),
    ),
    skipped,
    failed,
    warnings,
  };
}

const isJoined = (outcome: StartOutcome | undefined): boolean =>
  outcome?.kind === "already_running" && outcome.joined === true;

const warningsOf = (outcome: StartOutcome): string[] =>
  "warnings" in outcome ? outcome.warnings : [];

/** Why tasks aren't up: first those that failed themselves, then those that were skipped because of them. */
function failuresOf(names: string[], outcomes: Report["outcomes"]): Failure[] {
  const failed = names.flatMap((name) => {
    const outcome = outcomes.get(name);
    return outcome?.kind === "failed" ? [outcome.failure] : [];
  });
  const skipped = names.flatMap((name) => {
    const outcome = outcomes.get(name);
    return outcome?.kind === "skipped" ? [skipFailure(name, outcome)] : [];
  });
  return [...failed, ...skipped];
}

/** The failure of a skipped task, with the failure that caused it, unless that is reported already. */
function skipFailure(name: string, { reason, failure }: Skip, isNamed = false): Failure {
  const why = isNamed ? reason : `${reason}: ${failure.message}`;
  return new Failure("E214", `Task '${name}' was not started: ${why}`, failure.hint);
}
