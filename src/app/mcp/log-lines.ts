import { Failure, isFailure } from "../../domain/failure.ts";
import type { Lean, LogText } from "../../domain/mcp/results.ts";
import { DEFAULT_LOG_LINES, type ToolInput } from "../../domain/mcp/tools.ts";
import { parseTime } from "../../domain/values/time.ts";
import type { LogsRequest } from "../logs/logs.ts";
import { findLines } from "./log-search.ts";
import type { ToolCall } from "./deps.ts";

/** `logs`. A search may take long, so a child process does it. */
export async function logsTool(
  { deps, project, ctx }: ToolCall,
  args: ToolInput<"logs">,
): Promise<Lean<LogText> | Failure> {
  const request = requestOf(args, ctx.now()) ?? refusedArguments(args);
  if (isFailure(request)) return request;
  const others = deps.refuseOthersLogs(project);
  if (others !== null) return others;
  const search = { request, cursor: args.cursor ?? null };
  return request.grep === null
    ? findLines(deps.logs(project), project.session, search)
    : deps.searchLogs(project, search);
}

/** Null for arguments that don't fit each other. */
function requestOf(args: ToolInput<"logs">, now: number): LogsRequest | Failure | null {
  const { tasks = [], lines, grep, regex = false, run, cursor } = args;
  const isClash = cursor !== undefined && (args.since !== undefined || run !== undefined);
  if (isClash || (regex && grep === undefined)) return null;
  const since = args.since === undefined ? null : parseTime(args.since, now);
  if (since === null && args.since !== undefined)
    return new Failure(
      "E500",
      "'since' must be a duration such as 5m, or a time such as 2024-01-01T14:00Z",
    );
  return {
    tasks,
    lines: lines ?? DEFAULT_LOG_LINES,
    grep: grep ?? null,
    regex,
    context: 0,
    since,
    until: null,
    run: run === undefined ? null : -run,
  };
}

const refusedArguments = ({ cursor }: ToolInput<"logs">): Failure =>
  cursor === undefined
    ? new Failure("E500", "'regex' needs 'grep', which it makes a regular expression")
    : new Failure("E500", "'cursor' can't be combined with 'since' or 'run'");
