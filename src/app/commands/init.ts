import { draftConfig } from "../../domain/init/draft.ts";
import { suggestName } from "../../domain/values/names.ts";
import type { Project } from "../../domain/config/config.ts";
import { configOfFile } from "../../domain/config/run-task.ts";
import { Failure, isFailure } from "../../domain/failure.ts";
import { type ProjectFiles, proposeTasks } from "../../domain/init/propose.ts";
import type { Initiation } from "../../domain/results/init.ts";
import { type AgentFiles, injectAgents } from "./inject.ts";
import type { Proposal } from "../../domain/init/proposal.ts";

/** The content of a new config. */
export interface Draft {
  name: string;
  tasks: readonly Proposal[];
}

/** The dependencies of `init`; without a project there is no Context yet. */
export interface InitTools {
  agentFiles: AgentFiles;
  isThere(path: string): boolean;
  loadProject(configPath: string): Promise<Project | Failure>;
  /** The name of the project in a directory, in no particular form. */
  projectName(directory: string): string;
  readProjectFiles(directory: string): { files: ProjectFiles; problems: string[] };
  /** The config of a parent directory, which the new one replaces in this directory. */
  configAbove(directory: string): string | null;
  createFile(path: string, text: string): Failure | null;
  /** Offers to register the MCP server, if the user can be asked; whether the project registers it. */
  registerServer(directory: string): Promise<boolean>;
  /** Asks the user which parts of a draft to use; null if none. */
  ask: ((draft: Draft) => Promise<Draft | null>) | null;
}

export interface InitRequest {
  /** Absolute. */
  configPath: string;
  directory: string;
  /** The session's name; null: the project's. */
  session: string | null;
}

type Config = Pick<Initiation, "action" | "session" | "tasks" | "warnings">;

/** `init`: creates a config if there is none, and adds the block to the agents' files. */
export async function init(tools: InitTools, request: InitRequest): Promise<Initiation | Failure> {
  const { configPath, directory } = request;
  const exists = tools.isThere(configPath);
  const config = await (exists ? keep(tools, request) : create(tools, request));
  if (isFailure(config)) return config;
  const hasServer = await tools.registerServer(directory);
  const { ok, ...injected } = injectAgents(tools.agentFiles, directory, { hasServer });
  const { session, action, tasks, warnings } = config;
  return { ok, session, config_path: configPath, action, tasks, ...injected, warnings };
}

async function keep(tools: InitTools, { configPath }: InitRequest): Promise<Config | Failure> {
  const project = await tools.loadProject(configPath);
  if (isFailure(project)) return project;
  const tasks = configOfFile(project.config).tasks.map(({ name }) => name);
  return { action: "exists", session: project.session, tasks, warnings: [] };
}

async function create(tools: InitTools, request: InitRequest): Promise<Config | Failure> {
  const { configPath, directory } = request;
  const { files, problems } = tools.readProjectFiles(directory);
  const name = request.session ?? suggestName(tools.projectName(directory));
  const proposed: Draft = { name, tasks: proposeTasks(files) };
  const draft = tools.ask ? await tools.ask(proposed) : proposed;
  if (draft === null) return new Failure("E901", "Interrupted: nothing was written");
  const failure = tools.createFile(configPath, draftConfig(draft.name, draft.tasks));
  if (failure) return failure;
  const tasks = draft.tasks.map(({ name }) => name);
  const warnings = [...problems, ...aboveWarning(tools, directory), ...emptyWarning(tasks)];
  const created = await tools.loadProject(configPath);
  const session = isFailure(created) ? draft.name : created.session;
  return { action: "created", session, tasks, warnings };
}

function aboveWarning(tools: InitTools, directory: string): string[] {
  const above = tools.configAbove(directory);
  return above === null ? [] : [`This directory now uses the new config instead of ${above}`];
}

const emptyWarning = (tasks: readonly string[]): string[] =>
  tasks.length > 0
    ? []
    : ["There are no tasks yet: taskmux add web 'npm run dev', or edit the example in the config"];
