import { realpathSync } from "node:fs";
import { dirname } from "node:path";
import { hasProgram, readContextFile, writeContextFile } from "../adapters/agent-files.ts";
import { findConfig, readProject } from "../adapters/config-file.ts";
import { isTerminal } from "../adapters/libc.ts";
import { configToMake, createFile, isThere, readProjectFiles } from "../adapters/project-files.ts";
import { init, type InitTools } from "../app/init.ts";
import { inject } from "../app/inject.ts";
import { sessionNameRule, validSessionName } from "../domain/config-names.ts";
import { Failure, isFailure } from "../domain/failure.ts";
import type { Injection } from "../domain/results-init.ts";
import { findProject, INTERRUPTED, type Place } from "./action.ts";
import type { Input } from "./commands.ts";
import { printJson, printLines } from "./output.ts";
import { renderInit, renderInject } from "./render-init.ts";

const agentFiles = { hasProgram, readContextFile, writeContextFile };

/** `taskmux init`; asks a person, where one sits at both ends and no flag says not to. */
export async function initProject(
  { cwd, explicit, session }: Place,
  { flags }: Input,
  json: boolean,
): Promise<number | Failure> {
  if (session !== null && !validSessionName(session)) {
    return new Failure("E104", `'${session}' is no session name: ${sessionNameRule}`);
  }
  const configPath = configToMake(cwd, explicit);
  if (isFailure(configPath)) return configPath;
  const asks = !json && flags["defaults"] !== true && isTerminal(0) && isTerminal(1);
  const tools: InitTools = {
    agentFiles,
    isThere,
    createFile,
    readProjectFiles,
    loadProject: (path) => readProject(path, session),
    configAbove: (directory) => {
      const above = findConfig(dirname(directory));
      return isFailure(above) || above === configPath ? null : above;
    },
    ask: asks ? async (draft) => (await import("./ask-init.ts")).askInit(draft) : null,
  };
  const result = await init(tools, { configPath, directory: dirname(configPath), session });
  if (isFailure(result)) return result.code === "E901" ? interrupted(result) : result;
  return tell(result, renderInit(result, realpathSync(cwd)), json);
}

/** `taskmux inject`. */
export async function injectProject(place: Place, json: boolean): Promise<number | Failure> {
  const project = await findProject(place);
  if (isFailure(project)) return project;
  const result = inject(agentFiles, project);
  return tell(result, renderInject(result, realpathSync(place.cwd)), json);
}

async function interrupted({ message }: Failure): Promise<number> {
  (await import("./person.ts")).tellPerson("error", message);
  return INTERRUPTED;
}

/** Prints a result and returns the exit status for it. */
async function tell(result: Injection, lines: string[], json: boolean): Promise<number> {
  const { ok, error, hint, warnings } = result;
  if (json) printJson(result);
  else {
    printLines(1, lines);
    const { tellPerson } = await import("./person.ts");
    for (const warning of warnings) tellPerson("warn", warning);
    if (error !== undefined) tellPerson("error", error, hint);
  }
  return ok ? 0 : 1;
}
