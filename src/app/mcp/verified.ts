import { type Failure, isFailure } from "../../domain/failure.ts";
import { leanErrors } from "../../domain/mcp/brief.ts";
import type { Lean, Verified, VerifiedBrief } from "../../domain/mcp/results.ts";
import { DEFAULT_SETTLE, DEFAULT_TIMEOUT, type ToolInput } from "../../domain/mcp/tools.ts";
import type { VerifiedTask } from "../../domain/results/verify.ts";
import type { ToolCall } from "./deps.ts";

/** `verify`. */
export async function verifyTool(
  { ctx, deps }: ToolCall,
  { tasks = [], timeout_s, settle_s, cursor }: ToolInput<"verify">,
): Promise<Lean<Verified> | Failure> {
  const answer = await deps.verify(ctx, {
    names: tasks,
    restart: false,
    settle: settle_s ?? DEFAULT_SETTLE,
    timeout: timeout_s ?? DEFAULT_TIMEOUT,
    since: cursor ?? null,
  });
  if (isFailure(answer)) return answer;
  const { ok, verdict, hint, cursor: next, tasks: verified } = answer.result;
  return {
    ok,
    verdict,
    ...(verdict === "timed_out" && { timed_out: true as const }),
    ...(hint !== undefined && { hint }),
    cursor: next,
    tasks: verified.map(verifiedBrief),
  };
}

function verifiedBrief(task: VerifiedTask): VerifiedBrief {
  const { task: name, verdict, state, healthy, relaunched, reloaded, gone_errors, url } = task;
  const new_errors = leanErrors(task.new_errors);
  const isWell = verdict === "ok";
  return {
    task: name,
    ...(verdict !== null && { verdict }),
    state,
    healthy,
    ...(relaunched && { relaunched }),
    ...(reloaded !== null && { reloaded }),
    ...(new_errors !== undefined && { new_errors }),
    ...(gone_errors > 0 && { gone_errors }),
    ...(url !== null && { url }),
    ...(!isWell && task.reason !== "" && { reason: task.reason }),
  };
}
