import type { Project } from "../../domain/config/config.ts";
import { type Failure, isFailure } from "../../domain/failure.ts";
import type { ToolRequest } from "../../domain/mcp/request.ts";
import { bounded } from "../../domain/mcp/size.ts";
import { namesOf, tasksNamed } from "../selection.ts";
import { overview } from "./briefs.ts";
import type { McpDeps, ToolCall } from "./deps.ts";
import { restartTool, runTool, startTool, stopTool } from "./launched.ts";
import { logsTool } from "./log-lines.ts";
import { verifyTool } from "./verified.ts";
import { whyTool } from "./reasons.ts";

/** Performs a call of a tool in a project that is found for it. */
export async function performTool(deps: McpDeps, request: ToolRequest): Promise<object | Failure> {
  const found = await deps.project(request.args.dir);
  if (isFailure(found)) return found;
  const project = request.tool === "run" ? await deps.projectToRunIn(found, request.args) : found;
  if (isFailure(project)) return project;
  const named = withNames(request, project);
  if (isFailure(named)) return named;
  const call = { deps, project, ctx: deps.context(project) };
  const result = await useCase(call, named);
  if (isFailure(result)) return result;
  return bounded({ session: project.session, dir: project.directory, ...result });
}

/** The request with the tasks that its globs match; E200 for an unknown one. */
function withNames(request: ToolRequest, { config }: Project): ToolRequest | Failure {
  const { tasks = [] } = request.args as { tasks?: string[] };
  if (tasks.length === 0) return request;
  const named = tasksNamed(config, tasks);
  if (isFailure(named)) return named;
  return { ...request, args: { ...request.args, tasks: namesOf(named) } } as ToolRequest;
}

function useCase(call: ToolCall, request: ToolRequest): Promise<object | Failure> {
  switch (request.tool) {
    case "status":
      return overview(call);
    case "start":
      return startTool(call, request.args);
    case "restart":
      return restartTool(call, request.args);
    case "stop":
      return stopTool(call, request.args);
    case "verify":
      return verifyTool(call, request.args);
    case "why":
      return whyTool(call, request.args);
    case "logs":
      return logsTool(call, request.args);
    case "run":
      return runTool(call, request.args);
  }
}
