import { TIMED_OUT } from "../../domain/exit-status.ts";
import { Failure, isFailure } from "../../domain/failure.ts";
import type { Waited, WaitResult } from "../../domain/results/wait.ts";
import type { WaitCondition } from "../../domain/diagnosis/wait.ts";
import type { Context, Use } from "../context.ts";
import type { LogReading } from "../logs/launch-log.ts";
import { tasksNamed } from "../selection.ts";
import { whyHint } from "../tasks/readiness.ts";
import { findSession } from "../tasks/session.ts";
import { lateFailure, sentenceOf, TaskWait } from "../tasks/task-wait.ts";
import { untilDecided } from "../tasks/until.ts";

/** The options of `wait`. */
export interface WaitRequest extends WaitCondition {
  names: readonly string[];
  /** Of the log, only lines that are printed from now on count. */
  onlyNew: boolean;
  /** Seconds; 0: don't wait. */
  timeout: number;
}

/**
 * Waits until the condition holds for all named tasks at once, or can't hold any more for one of them, or the time is up.
 */
export async function wait(ctx: Context, request: WaitRequest, logs: LogReading): Use<WaitResult> {
  const named = tasksNamed(ctx.project.config, request.names);
  if (isFailure(named)) return named;
  const pattern = patternOf(request);
  if (isFailure(pattern)) return pattern;
  const began = ctx.monotonic();
  if (request.timeout > 0) ctx.tmux.answerWithin(request.timeout * 1000);
  const session = await findSession(ctx);
  if (isFailure(session)) return session;
  const { onlyNew } = request;
  const waits = named.map(
    (task) => new TaskWait(ctx, task, request, pattern && { pattern, logs, onlyNew }),
  );
  if (request.timeout === 0) await Promise.all(waits.map((one) => one.check()));
  if (!isDecided(waits) && request.timeout > 0) {
    const isOver = () => {
      const decided = isDecided(waits);
      for (const one of waits) one.tell();
      return decided;
    };
    await untilDecided(ctx, isOver, began + request.timeout * 1000);
  }
  for (const one of waits) one.close();
  const elapsed = ctx.monotonic() - began;
  return answer(request, waits, await resultsOf(ctx, waits), elapsed);
}

const NEW_WITHOUT_LOG = new Failure("E500", "--new needs --log REGEX");

function patternOf({ log, onlyNew }: WaitRequest): RegExp | null | Failure {
  if (log === null) return onlyNew ? NEW_WITHOUT_LOG : null;
  try {
    return new RegExp(log);
  } catch (error) {
    const why = (error as Error).message.replace("Invalid regular expression: ", "");
    return new Failure("E500", `--log: '${log}' is not a regular expression: ${why}`);
  }
}

/** Checks every task. */
function isDecided(waits: TaskWait[]): boolean {
  const kinds = waits.map((one) => one.look().kind);
  return kinds.includes("lost") || kinds.every((kind) => kind === "holds");
}

/** With the errors of launches that ended. */
const resultsOf = (ctx: Context, waits: TaskWait[]): Promise<Waited[]> =>
  Promise.all(
    waits.map(async (one) => {
      const result = one.result();
      const { verdict, task } = one;
      if (verdict.kind !== "lost" || verdict.code !== "E215") return result;
      const { errorsOfLaunch } = await import("../logs/run-errors.ts");
      const errors = await errorsOfLaunch(ctx, task);
      return errors.length === 0 ? result : { ...result, errors };
    }),
  );

function answer(
  { goal, log, timeout }: WaitRequest,
  waits: TaskWait[],
  results: Waited[],
  elapsed: number,
) {
  const common = { for: goal, log, elapsed_ms: Math.round(elapsed), results };
  const lost = waits.filter(({ verdict }) => verdict.kind === "lost");
  const open = waits.filter(({ verdict }) => verdict.kind !== "holds");
  if (open.length === 0) return { result: { ok: true, ...common, timed_out: false } };
  const failure = lost.length > 0 ? lostFailure(lost) : lateFailure(open, timeout);
  const { message, code, hint } = failure;
  const keys = { ok: false, error: message, error_code: code, ...(hint ? { hint } : {}) };
  const timed_out = lost.length === 0;
  return {
    result: { ...keys, ...common, timed_out },
    ...(timed_out ? { status: TIMED_OUT } : {}),
  };
}

function lostFailure(lost: TaskWait[]): Failure {
  const { verdict, task } = lost[0]!;
  const code = verdict.kind === "lost" ? verdict.code : "E202";
  const hint = code === "E202" ? `Start it: taskmux start ${task.name}` : whyHint(task.name);
  return new Failure(code, sentenceOf(lost), hint);
}
