import { basename } from "node:path";
import { draftConfig } from "../domain/config-draft.ts";
import { suggestName } from "../domain/config-names.ts";
import type { Project } from "../domain/config.ts";
import { Failure, isFailure } from "../domain/failure.ts";
import { type ProjectFiles, type Proposal, proposeTasks } from "../domain/proposals.ts";
import type { Initiation } from "../domain/results-init.ts";
import { type AgentFiles, injectAgents } from "./inject.ts";

/** What goes into a new config. */
export interface Draft {
  session: string;
  tasks: readonly Proposal[];
}

/** What `init` may touch; there is no project yet, and so no Context. */
export interface InitTools {
  agentFiles: AgentFiles;
  isThere(path: string): boolean;
  loadProject(configPath: string): Promise<Project | Failure>;
  readProjectFiles(directory: string): { files: ProjectFiles; problems: string[] };
  /** The config of a directory above this one, which the new one stands before. */
  configAbove(directory: string): string | null;
  createFile(path: string, text: string): Failure | null;
  /** Asks a person what to take of a draft; null where they don't want any of it. */
  ask: ((draft: Draft) => Promise<Draft | null>) | null;
}

export interface InitRequest {
  /** Absolute. */
  configPath: string;
  directory: string;
  /** The session's name; null: the directory's. */
  session: string | null;
}

type Config = Pick<Initiation, "action" | "session" | "tasks" | "warnings">;

/** `init`: makes a config where there is none, and tells the agents of it. */
export async function init(tools: InitTools, request: InitRequest): Promise<Initiation | Failure> {
  const { configPath, directory } = request;
  const exists = tools.isThere(configPath);
  const config = await (exists ? keep(tools, request) : create(tools, request));
  if (isFailure(config)) return config;
  const { ok, ...injected } = injectAgents(tools.agentFiles, directory);
  const { session, action, tasks, warnings } = config;
  return { ok, session, config_path: configPath, action, tasks, ...injected, warnings };
}

async function keep(tools: InitTools, { configPath }: InitRequest): Promise<Config | Failure> {
  const project = await tools.loadProject(configPath);
  if (isFailure(project)) return project;
  const tasks = project.config.tasks.map(({ name }) => name);
  return { action: "exists", session: project.session, tasks, warnings: [] };
}

async function create(tools: InitTools, request: InitRequest): Promise<Config | Failure> {
  const { configPath, directory } = request;
  const { files, problems } = tools.readProjectFiles(directory);
  const session = request.session ?? suggestName(basename(directory));
  const proposed: Draft = { session, tasks: proposeTasks(files) };
  const draft = tools.ask ? await tools.ask(proposed) : proposed;
  if (draft === null) return new Failure("E901", "Interrupted: nothing was written");
  const failure = tools.createFile(configPath, draftConfig(draft.session, draft.tasks));
  if (failure) return failure;
  const tasks = draft.tasks.map(({ name }) => name);
  const warnings = [...problems, ...aboveWarning(tools, directory), ...emptyWarning(tasks)];
  return { action: "created", session: draft.session, tasks, warnings };
}

function aboveWarning(tools: InitTools, directory: string): string[] {
  const above = tools.configAbove(directory);
  return above === null
    ? []
    : [`From here on, the new config counts in this directory, not ${above}`];
}

const emptyWarning = (tasks: readonly string[]): string[] =>
  tasks.length > 0
    ? []
    : [
        "There are no tasks yet: taskmux add web 'npm run dev', or write yours beside the example in the config",
      ];
