import { constants } from "node:os";
import { isTerminal } from "../../adapters/system/libc.ts";
import { takeLease } from "../../adapters/state/lease.ts";
import { ci, type CiReport, type CiRequest } from "../../app/commands/ci.ts";
import type { Context } from "../../app/context.ts";
import { logs, logLine } from "../../app/logs/logs.ts";
import { findSession } from "../../app/tasks/session.ts";
import { FAILED, OK } from "../../domain/exit-status.ts";
import { Failure, isFailure } from "../../domain/failure.ts";
import type { LogRow } from "../../domain/logs/context.ts";
import { printableValue } from "../../domain/values/printable.ts";
import { progressReporterFor } from "../act-on-project.ts";
import type { Invocation } from "../command.ts";
import { printIfRead, printLines, viewOf } from "../output.ts";
import { printFailure, printResult } from "../print-result.ts";
import { askedProfiles } from "../profiles.ts";
import { findProject } from "../project-location.ts";
import { renderCi } from "../render/ci.ts";
import { logRenderer } from "../render/logs.ts";
import { closeContext, createContext } from "../wiring/context.ts";
import { depsOf } from "../wiring/logs.ts";
import { printRows } from "./logs-answer.ts";

/** The arguments of `ci`. */
interface CiArguments extends Omit<CiRequest, "names" | "joins"> {
  tasks: string[];
}

/** `taskmux ci`. */
export async function runCi(
  { location, json }: Invocation,
  { tasks, profiles: given, ...args }: CiArguments,
): Promise<number | Failure> {
  const project = await findProject(location);
  if (isFailure(project)) return project;
  const reporter = await progressReporterFor({ isSlow: true }, json);
  const context = createContext(project, reporter);
  const profiles = askedProfiles(project.config, given);
  const request: CiRequest = { ...args, names: tasks, profiles, joins: "process" };
  const status = await finish(context, request, { json, onBegun: () => reporter.close() });
  closeContext();
  return status;
}

/** `taskmux start --wait --exit-on-failure`. */
export async function startForJobs(
  ctx: Context,
  request: CiRequest,
  how: { json: boolean; onBegun(): void },
  flags: { monitor: boolean; detach: boolean; wait: boolean },
): Promise<number | Failure> {
  const { monitor, detach, wait } = flags;
  if (!wait) return new Failure("E500", "--exit-on-failure needs --wait", "Or: taskmux ci");
  if (monitor || detach)
    return new Failure("E500", "--exit-on-failure can't be combined with a monitor");
  return finish(ctx, request, how);
}

/** Starts the tasks, waits for the jobs, stops what it has started, and prints the result. */
async function finish(
  ctx: Context,
  request: CiRequest,
  { json, onBegun }: { json: boolean; onBegun(): void },
): Promise<number | Failure> {
  const found = await findSession(ctx);
  if (isFailure(found)) return found;
  const interruption = interruptible();
  // Nobody else restarts, or runs, tasks of this session.
  const lease = await takeLease(ctx.project, "ci");
  if (isFailure(lease)) return orBeside(lease, ctx.project.session);
  const answer = await ci({ ...ctx, monitor: () => null }, request, interruption.signal);
  lease.end();
  onBegun();
  const interrupted = interruption.status();
  if (isFailure(answer)) {
    if (interrupted === null) return answer;
    await printFailure(answer, json);
    return interrupted;
  }
  const { result } = answer;
  const rows = result.failed === null ? [] : lastLines(ctx, result.failed.task);
  const status = interrupted ?? answer.status ?? statusOf(result);
  const value = { ...result, log: rows.map(logLine) };
  const lines = async () => renderCi(printableValue(value), viewOf(1));
  // For people, one sentence says what failed.
  const { failed: _, ...rest } = value;
  await printResult({ value: json ? value : rest, status, lines }, json);
  const { failed } = result;
  if (!json && failed !== null) printIfRead(() => printTail(failed.task, rows));
  return status;
}

/** The refusal by another monitor, with the way to run beside it. */
const orBeside = ({ code, message, hint }: Failure, session: string): Failure =>
  new Failure(code, message, `${hint}; or take another: taskmux ci --session ${session}-ci`);

/** Lines of the log of the task that failed. */
const TAIL = 50;

function lastLines(ctx: Context, task: string): LogRow[] {
  const request = {
    tasks: [task],
    lines: TAIL,
    grep: null,
    regex: false,
    context: 0,
    since: null,
    until: null,
    run: 0,
  };
  const answer = logs(request, depsOf(ctx.project, false));
  return isFailure(answer) ? [] : [...answer.rows];
}

function printTail(task: string, rows: LogRow[]): void {
  if (rows.length === 0) return;
  printLines(1, [`the last lines of ${task}:`]);
  const style = { colour: viewOf(1).colour, raw: true, clock: false, tasks: null };
  printRows(rows, logRenderer(style, Date.now()));
}

/** The status of the task that failed, as a shell has it. */
function statusOf({ ok, failed }: CiReport): number {
  if (ok) return OK;
  const { exit_code = null, exit_signal = null } = failed ?? {};
  const signal = constants.signals[(exit_signal ?? "") as NodeJS.Signals];
  if (signal !== undefined) return 128 + signal;
  return exit_code || FAILED;
}

/** The first signal aborts; `status`: as a shell has it, null without a signal. */
function interruptible() {
  const abort = new AbortController();
  let got: NodeJS.Signals | null = null;
  // Under nohup a terminal that hangs up must not end it.
  const hangUp = isTerminal(0) ? (["SIGHUP"] as const) : [];
  for (const name of ["SIGINT", "SIGTERM", ...hangUp] as const)
    process.on(name, () => {
      got ??= name;
      abort.abort();
    });
  return {
    signal: abort.signal,
    status: () => (got === null ? null : 128 + constants.signals[got]),
  };
}
