import type { Project } from "../../domain/config/config.ts";
import type { RecordedEvent } from "../../domain/events.ts";
import type { Failure } from "../../domain/failure.ts";
import type { Lean, LogText } from "../../domain/mcp/results.ts";
import type { ToolInput } from "../../domain/mcp/tools.ts";
import type { VerifyResult } from "../../domain/results/verify.ts";
import type { VerifyRequest } from "../commands/verify.ts";
import type { WhyDeps } from "../commands/why.ts";
import type { Context, Use } from "../context.ts";
import type { LogsDeps } from "../logs/logs.ts";
import type { LogSearch } from "./log-search.ts";

/** The dependencies of the MCP tools. Everything is read again at each call: files change between two of them. */
export interface McpDeps {
  /** The project of a call; E303 if `dir` is neither in the server's project nor in another worktree of its repository. */
  project(dir: string | undefined): Promise<Project | Failure>;
  /** The project with a task of `run`. */
  projectToRunIn(project: Project, args: ToolInput<"run">): Promise<Project | Failure>;
  /** Who gives the orders, as events name it. */
  actor: string;
  /** A Context for one call. */
  context(project: Project): Context;
  verify(ctx: Context, request: VerifyRequest): Use<VerifyResult>;
  logs(project: Project): LogsDeps;
  /** E302 if the session's logs belong to another config. */
  refuseOthersLogs(project: Project): Failure | null;
  /** Searches logs in a child process: it may take long, and other calls run at the same time. */
  searchLogs(project: Project, search: LogSearch): Promise<Lean<LogText> | Failure>;
  /** Runs `act` with a reader of the events. */
  withEvents<T>(act: (deps: WhyDeps) => Promise<T>): Promise<T>;
}

/** A call of a tool in its project. */
export interface ToolCall {
  deps: McpDeps;
  project: Project;
  ctx: Context;
}

/** Events of users' commands on a task. */
export const ORDERS: ReadonlySet<RecordedEvent["event"]> = new Set([
  "task_started",
  "task_restarted",
  "task_stopped",
  "task_killed",
]);
