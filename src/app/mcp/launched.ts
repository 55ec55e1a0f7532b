import { Failure, isFailure } from "../../domain/failure.ts";
import { leanErrors } from "../../domain/mcp/brief.ts";
import type {
  Launched,
  Lean,
  ToolErrors,
  ToolFailure,
  VerifiedBrief,
} from "../../domain/mcp/results.ts";
import { DEFAULT_SETTLE, DEFAULT_TIMEOUT, type ToolInput } from "../../domain/mcp/tools.ts";
import type { ErrorCode } from "../../domain/failure.ts";
import { VERIFY_CODES } from "../../domain/diagnosis/verify.ts";
import { TIMED_OUT } from "../../domain/exit-status.ts";
import { restart } from "../commands/restart.ts";
import { run } from "../commands/run.ts";
import { start, type Started } from "../commands/start.ts";
import { stop, type StopResult } from "../commands/stop.ts";
import type { Answer } from "../context.ts";
import type { StartRequest } from "../tasks/start-tasks.ts";
import { withUnrecorded } from "../tasks/with-unrecorded.ts";
import { SETTLE } from "../tasks/staying-up.ts";
import { briefsNow } from "./briefs.ts";
import type { ToolCall } from "./deps.ts";
import { verifyTool } from "./verified.ts";

type Result = Promise<Lean<Launched> | Failure>;

/** `start`. */
export const startTool = async (call: ToolCall, args: ToolInput<"start">): Result =>
  launched(call, await start(call.ctx, requestOf(args)), args.tasks);

/** `restart`: then the tasks are watched for a while. */
export async function restartTool(call: ToolCall, args: ToolInput<"restart">): Result {
  const answer = await restart(call.ctx, requestOf(args));
  const result = await launched(call, answer, args.tasks);
  if (isFailure(result) || !result.ok) return result;
  // The restart itself has watched them for a moment.
  const settle = (args.settle_s ?? DEFAULT_SETTLE) - SETTLE / 1000;
  return settle <= 0 || args.timeout_s === 0 ? result : settled(call, args.tasks, settle, result);
}

/** The result of a restart, and what the tasks did afterwards. */
async function settled(
  call: ToolCall,
  tasks: string[],
  settle: number,
  result: Lean<Launched>,
): Result {
  const verified = await verifyTool(call, { tasks, settle_s: settle });
  if (isFailure(verified)) return verified;
  const new_errors = verified.tasks.flatMap((task) => task.new_errors ?? []);
  const failures = verified.tasks.flatMap(failedLater);
  return {
    ...result,
    ok: verified.ok,
    ...(verified.timed_out && { timed_out: true as const }),
    ...(!verified.ok && { tasks: await briefsNow(call, tasks) }),
    ...(failures.length > 0 && { failures }),
    ...(new_errors.length > 0 && { new_errors }),
  };
}

const failedLater = ({ task, verdict, reason }: VerifiedBrief): ToolFailure[] =>
  verdict === "crashed" || verdict === "unhealthy"
    ? [{ task, error: `Task '${task}' ${reason ?? "failed"}`, error_code: VERIFY_CODES[verdict] }]
    : [];

/** `run`; the project has the task already. */
export const runTool = async (call: ToolCall, args: ToolInput<"run">): Result =>
  launched(call, await run(call.ctx, { name: args.name, wait: waitOf(args) }), [args.name]);

/** `stop`: without names it must be said that all are meant. */
export async function stopTool(call: ToolCall, args: ToolInput<"stop">): Result {
  const { tasks = [], all } = args;
  if ((tasks.length === 0) === (all === undefined))
    return new Failure("E500", "stop takes either tasks or all: true");
  return launched(call, await stop(call.ctx, { names: tasks }), tasks);
}

const requestOf = ({ tasks = [], timeout_s }: ToolInput<"start">): StartRequest => ({
  names: tasks,
  profiles: [],
  dependencies: true,
  wait: waitOf({ timeout_s }),
  forcePort: false,
  joins: "call",
});

/** Seconds; null: don't wait. */
const waitOf = ({ timeout_s }: { timeout_s?: number | undefined }): number | null =>
  timeout_s === 0 ? null : (timeout_s ?? DEFAULT_TIMEOUT);

async function launched(
  call: ToolCall,
  answered: Answer<Started | StopResult> | Failure,
  names: readonly string[] = [],
): Result {
  const answer = withUnrecorded(call.ctx, answered);
  if (isFailure(answer)) return answer;
  const { result, status } = answer;
  const failures = failuresIn(result);
  const warnings = warningsIn(result);
  return {
    ok: result.ok,
    ...(status === TIMED_OUT && { timed_out: true as const }),
    tasks: await briefsNow(call, names.length > 0 ? names : namesIn(result)),
    ...(failures.length > 0 && { failures }),
    ...(warnings.length > 0 && { warnings }),
  };
}

/** The tasks that a result for all is about: those that were to be started, or that were stopped. */
function namesIn(result: object): string[] {
  const {
    tasks = [],
    already_running = [],
    joined = [],
    failed = [],
    skipped = [],
  }: OfAll = result;
  const others = [...failed, ...skipped].map(({ task }) => task);
  return [...tasks, ...already_running, ...joined, ...others];
}

/** The keys of such a result. */
interface OfAll {
  tasks?: readonly string[];
  already_running?: readonly string[];
  joined?: readonly string[];
  failed?: readonly { task: string }[];
  skipped?: readonly { task: string }[];
}

/** The keys that results have for what failed, whatever was asked for. */
interface Failed {
  ok: boolean;
  task?: string;
  error?: string;
  error_code?: ErrorCode;
  hint?: string;
  errors?: ToolErrors;
  warnings?: readonly string[];
  results?: readonly Failed[];
  failed?: readonly Omit<Failed, "ok">[];
  skipped?: readonly { task: string; reason: string }[];
}

function failuresIn(result: Failed): ToolFailure[] {
  if (result.ok) return [];
  const { results, failed = [], skipped = [] } = result;
  if (results !== undefined) return results.flatMap(failuresIn);
  if (failed.length + skipped.length === 0) return [failureOf(result)];
  return [
    ...failed.map(failureOf),
    ...skipped.map(({ task, reason }): ToolFailure => ({
      task,
      error: reason,
      error_code: "E214",
    })),
  ];
}

function failureOf({
  task,
  error = "",
  error_code,
  hint,
  errors,
}: Omit<Failed, "ok">): ToolFailure {
  const lean = leanErrors(errors);
  return {
    ...(task !== undefined && { task }),
    error,
    ...(error_code !== undefined && { error_code }),
    ...(hint !== undefined && { hint }),
    ...(lean !== undefined && { errors: lean }),
  };
}

const warningsIn = ({ warnings = [], results = [] }: Failed): string[] => [
  ...new Set([...warnings, ...results.flatMap(warningsIn)]),
];
