import { join } from "node:path";
import type { ContextFile } from "../../adapters/init/agent-files.ts";
import { agentBlock, AGENTS, withBlock } from "../../domain/init/agent-block.ts";
import type { Project } from "../../domain/config/config.ts";
import { SKILL } from "../../domain/init/skill.ts";
import { type Failure, isFailure } from "../../domain/failure.ts";
import type { InjectedAgent, Injection } from "../../domain/results/init.ts";

/** Access to agents' files; implemented by adapters/init/agent-files.ts. */
export interface AgentFiles {
  hasProgram(name: string): boolean;
  readContextFile(directory: string, name: string): ContextFile | Failure;
  writeContextFile(file: ContextFile, text: string): Failure | null;
}

/** What is injected besides the block, and how it is worded. */
export interface InjectOptions {
  /** The project registers the MCP server. */
  hasServer: boolean;
  /** Write the skill too. */
  skill?: boolean;
}

/** `inject`: updates the block in the context file of each agent in PATH, the skill if wanted, and nothing else. */
export function inject(files: AgentFiles, project: Project, options: InjectOptions): Injection {
  const { session, configPath, directory } = project;
  const { ok, ...injected } = injectAgents(files, directory, options);
  const warnings = injected.agents.length > 0 || !ok ? [] : [noAgents];
  return { ok, session, config_path: configPath, ...injected, warnings };
}

const noAgents = `No coding agent found in PATH (${AGENTS.map(({ agent }) => agent).join(", ")})`;

/** The keys of a result about agents. If one file can't be written, the others still are. */
export function injectAgents(
  files: AgentFiles,
  directory: string,
  { hasServer, skill = false }: InjectOptions,
): Omit<Injection, "session" | "config_path" | "warnings"> {
  const found = AGENTS.filter(({ agent }) => files.hasProgram(agent)).flatMap((agent) => [
    { agent: agent.agent, file: agent.file, isSkill: false },
    ...(skill
      ? [{ agent: agent.agent, file: `${agent.skills}/taskmux/SKILL.md`, isSkill: true }]
      : []),
  ]);
  const change = (isSkill: boolean) => (text: string | null) =>
    isSkill ? SKILL : withBlock(text, agentBlock(hasServer));
  const kinds = new Map(found.map(({ file, isSkill }) => [file, isSkill]));
  const written = new Map(
    [...kinds].map(([name, isSkill]) => [
      name,
      injectFile(files, directory, name, change(isSkill)),
    ]),
  );
  const [failure] = [...written.values()].filter(isFailure);
  return {
    ok: failure === undefined,
    ...(failure && { error: failure.message, error_code: failure.code }),
    ...(failure?.hint === undefined ? {} : { hint: failure.hint }),
    agents: found.flatMap(({ agent, file }) => {
      const action = written.get(file);
      return action === undefined || isFailure(action)
        ? []
        : [{ agent, file: join(directory, file), action }];
    }),
  };
}

function injectFile(
  files: AgentFiles,
  directory: string,
  name: string,
  change: (text: string | null) => string,
): InjectedAgent["action"] | Failure {
  const file = files.readContextFile(directory, name);
  if (isFailure(file)) return file;
  const text = change(file.text);
  if (text === file.text) return "unchanged";
  return files.writeContextFile(file, text) ?? (file.text === null ? "created" : "updated");
}
