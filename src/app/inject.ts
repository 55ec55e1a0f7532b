import { join } from "node:path";
import type { ContextFile } from "../adapters/agent-files.ts";
import { agentBlock, agents, withBlock } from "../domain/agent-block.ts";
import type { Project } from "../domain/config.ts";
import { type Failure, isFailure } from "../domain/failure.ts";
import type { InjectedAgent, Injection } from "../domain/results-init.ts";

/** What is done to agents' files, by adapters/agent-files.ts. */
export interface AgentFiles {
  hasProgram(name: string): boolean;
  readContextFile(directory: string, name: string): ContextFile | Failure;
  writeContextFile(file: ContextFile, text: string): Failure | null;
}

/** `inject`: brings the block in the context file of each agent in PATH up to date, and touches nothing else. */
export function inject(files: AgentFiles, project: Project): Injection {
  const { session, configPath, directory } = project;
  const { ok, ...injected } = injectAgents(files, directory);
  const warnings = injected.agents.length > 0 || !ok ? [] : [noAgents];
  return { ok, session, config_path: configPath, ...injected, warnings };
}

const noAgents = `No coding agent found in PATH (${agents.map(({ agent }) => agent).join(", ")})`;

/** The keys of a result that tell of agents; a file that can't be written doesn't hold up the others. */
export function injectAgents(
  files: AgentFiles,
  directory: string,
): Omit<Injection, "session" | "config_path" | "warnings"> {
  const found = agents.filter(({ agent }) => files.hasProgram(agent));
  const names = [...new Set(found.map(({ file }) => file))];
  const written = new Map(names.map((name) => [name, injectFile(files, directory, name)]));
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
): InjectedAgent["action"] | Failure {
  const file = files.readContextFile(directory, name);
  if (isFailure(file)) return file;
  const text = withBlock(file.text, agentBlock);
  if (text === file.text) return "unchanged";
  return files.writeContextFile(file, text) ?? (file.text === null ? "created" : "updated");
}
