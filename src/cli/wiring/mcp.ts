import { resolve } from "node:path";
import { SessionCaller } from "../../adapters/launch/caller.ts";
import { readLease } from "../../adapters/state/lease.ts";
import { searchForTool } from "../../adapters/logs/query.ts";
import type { CallReports, McpParts, ToolAnswer } from "../../adapters/mcp/server.ts";
import { verify } from "../../app/commands/verify.ts";
import type { McpDeps } from "../../app/mcp/deps.ts";
import { performTool } from "../../app/mcp/tools.ts";
import { withNewRunTask } from "../../domain/config/run-task.ts";
import { Failure, isFailure } from "../../domain/failure.ts";
import { readCall } from "../../domain/mcp/request.ts";
import { bounded } from "../../domain/mcp/size.ts";
import { INSTRUCTIONS, toolsOf } from "../../domain/mcp/tools.ts";
import { thrownFailure } from "../../domain/system-error.ts";
import { progressLine } from "../../domain/tasks/progress.ts";
import { actorOf } from "../../domain/values/actor.ts";
import type { ProjectLocation } from "../project-location.ts";
import { createContext } from "./context.ts";
import { depsOf, refuseOthersLogs } from "./logs.ts";
import { projectOfCall } from "./mcp-project.ts";
import { verifyDeps } from "./verify.ts";
import { withEvents } from "./why.ts";

/** Assembles the MCP server of a project, which need not exist yet. */
export function mcpParts(
  location: ProjectLocation,
  { readOnly, version }: { readOnly: boolean; version: string },
): Omit<McpParts, "onError"> {
  const call: McpParts["call"] = async (tool, args, reports) => {
    const request = readCall(tool, args);
    if (isFailure(request)) return answerOf(request);
    try {
      return answerOf(await performTool(depsFor(location, reports), request));
    } catch (error) {
      return answerOf(reports.cancelled.aborted ? CANCELLED : thrownFailure(error));
    }
  };
  return { version, instructions: INSTRUCTIONS, tools: toolsOf({ readOnly }), call };
}

/** Nobody waits for it. */
const CANCELLED = new Failure("E901", "The call was cancelled");

function answerOf(result: object | Failure): ToolAnswer {
  if (!isFailure(result)) return { value: result, isError: false };
  const { message: error, code: error_code, hint, problems } = result;
  const value = {
    error,
    error_code,
    ...(hint !== undefined && { hint }),
    ...(problems !== undefined && { errors: problems }),
  };
  // What was wrong with the arguments may be as long as they are.
  return { value: bounded(value), isError: true };
}

const depsFor = (
  location: ProjectLocation,
  { progress, cancelled, client }: CallReports,
): McpDeps => ({
  project: (dir) => projectOfCall(location, dir),
  projectToRunIn,
  actor: actorNamed(client),
  context: (project) =>
    createContext(
      project,
      {
        progress: (change) => {
          const line = progressLine(change);
          if (line !== null) progress(line);
        },
        waitingForLock: () => progress("waiting for another taskmux command on this session"),
        gotLock: () => {},
        notice: progress,
      },
      {
        actor: () => actorNamed(client),
        caller: SessionCaller.recorded(project.session),
        cancelled,
      },
    ),
  // A monitor may start or end in the meantime, so its lease is read each time.
  verify: (ctx, request) =>
    verify(
      { ...ctx, monitor: () => readLease(ctx.project) },
      request,
      verifyDeps(ctx.project, actorNamed(client)),
    ),
  logs: (project) => depsOf(project, false),
  refuseOthersLogs,
  searchLogs: (project, search) => searchForTool(project, search, cancelled),
  withEvents,
});

/** Who gives the orders: an agent that names its session, else the client. */
const actorNamed = (client: string | null): string => actorOf(process.env, () => client ?? "mcp");

/** The project with the task of the tool `run`, which runs in the project's directory unless another is given. */
const projectToRunIn: McpDeps["projectToRunIn"] = (
  project,
  { name, command, cwd, env = {}, port, ready_log },
) =>
  withNewRunTask(project, name, {
    command,
    cwd: resolve(project.directory, cwd ?? "."),
    env,
    ...(port !== undefined && { port }),
    ...(ready_log !== undefined && { ready_log }),
  });
