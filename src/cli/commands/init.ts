import { realpathSync } from "node:fs";
import { dirname } from "node:path";
import { findConfig, readProject } from "../../adapters/config/file.ts";
import { projectName } from "../../adapters/config/git-worktree.ts";
import { isTerminal } from "../../adapters/system/libc.ts";
import {
  configToMake,
  createFile,
  isThere,
  readProjectFiles,
} from "../../adapters/init/project-files.ts";
import { init, type InitTools } from "../../app/commands/init.ts";
import { inject } from "../../app/commands/inject.ts";
import { hasServer } from "../../app/mcp/install.ts";
import { SESSION_NAME_RULE, validSessionName } from "../../domain/values/names.ts";
import { Failure, isFailure } from "../../domain/failure.ts";
import { printable } from "../../domain/values/printable.ts";
import type { Injection } from "../../domain/results/init.ts";
import type { Invocation } from "../command.ts";
import { findProject } from "../project-location.ts";
import { agentFiles } from "../wiring/agent-files.ts";
import { printJson, printLines } from "../output.ts";
import { renderInit, renderInject } from "../render/init.ts";
import { INTERRUPTED } from "../../domain/exit-status.ts";

/** `taskmux init`; asks the user if stdin and stdout are terminals and no flag forbids it. */
export async function initProject(
  { location, json }: Invocation,
  args: { defaults: boolean },
): Promise<number | Failure> {
  const { cwd, explicit, session } = location;
  if (session !== null && !validSessionName(session)) {
    return new Failure("E104", `'${session}' is not a valid session name: ${SESSION_NAME_RULE}`);
  }
  if (isFailure(cwd)) return cwd;
  const configPath = configToMake(cwd, explicit);
  if (isFailure(configPath)) return configPath;
  const asks = !json && !args.defaults && isTerminal(0) && isTerminal(1);
  const tools: InitTools = {
    agentFiles,
    isThere,
    createFile,
    readProjectFiles,
    projectName,
    loadProject: (path) => readProject(path, session),
    configAbove: (directory) => {
      const above = findConfig(dirname(directory));
      return isFailure(above) || above === configPath ? null : above;
    },
    registerServer: async (directory) =>
      (await hasServer(agentFiles, directory)) ||
      (asks && (await (await import("./offer-mcp.ts")).offerMcp(directory))),
    ask: asks ? async (draft) => (await import("./ask-init.ts")).askInit(draft) : null,
  };
  const result = await init(tools, { configPath, directory: dirname(configPath), session });
  if (isFailure(result)) return result.code === "E901" ? interrupted(result) : result;
  return tell(result, renderInit(result, realpathSync(cwd)), json);
}

/** `taskmux inject`. */
export async function injectProject(
  { location, json }: Invocation,
  { skill }: { skill: boolean },
): Promise<number | Failure> {
  const project = await findProject(location);
  if (isFailure(project)) return project;
  const isRegistered = await hasServer(agentFiles, project.directory);
  const result = inject(agentFiles, project, { hasServer: isRegistered, skill });
  const from = isFailure(location.cwd) ? project.directory : realpathSync(location.cwd);
  return tell(result, renderInject(result, from), json);
}

async function interrupted({ message }: Failure): Promise<number> {
  (await import("../messages.ts")).printMessage("error", message);
  return INTERRUPTED;
}

/** Prints a result and returns its exit status. */
async function tell(result: Injection, lines: string[], json: boolean): Promise<number> {
  const { ok, error, hint, warnings } = result;
  if (json) printJson(result);
  else {
    printLines(1, lines.map(printable));
    const { printMessage } = await import("../messages.ts");
    for (const warning of warnings) printMessage("warn", warning);
    if (error !== undefined) printMessage("error", error, hint);
  }
  return ok ? 0 : 1;
}
