import { realpathSync } from "node:fs";
import { install, installedClients, printed } from "../../app/mcp/install.ts";
import { FAILED, OK } from "../../domain/exit-status.ts";
import { Failure, isFailure } from "../../domain/failure.ts";
import { MCP_CLIENTS, type McpClient } from "../../domain/mcp/clients.ts";
import type { McpInstallation } from "../../domain/results/init.ts";
import { printable } from "../../domain/values/printable.ts";
import { didYouMean } from "../../domain/values/suggest.ts";
import type { Invocation } from "../command.ts";
import { printJson, printLines } from "../output.ts";
import { findProject } from "../project-location.ts";
import { renderInstallation } from "../render/init.ts";
import { agentFiles } from "../wiring/agent-files.ts";

/** The words and flags of `mcp install`. */
interface InstallArguments {
  verb: string;
  /** Undefined: all that are installed. */
  client: string | undefined;
  print: boolean;
  readOnly: boolean;
}

/** `taskmux mcp install`: registers the server in the project's files; what it has no file for, it prints. */
export async function installMcp(
  { location, json }: Invocation,
  { verb, client, print, readOnly }: InstallArguments,
): Promise<number | Failure> {
  if (verb !== "install") return unknownVerb(verb);
  const project = await findProject(location);
  if (isFailure(project)) return project;
  const clients = client === undefined ? installedClients(agentFiles) : clientsNamed(client);
  if (isFailure(clients)) return clients;
  const flags = readOnly ? ["--read-only"] : [];
  const { directory } = project;
  const isPrinted = print || clients.length === 0;
  const result = isPrinted
    ? printed(directory, clients.length === 0 ? MCP_CLIENTS : clients, flags)
    : await install(agentFiles, directory, clients, flags);
  const from = isFailure(location.cwd) ? directory : realpathSync(location.cwd);
  return tell(result, from, json);
}

const unknownVerb = (verb: string): Failure =>
  new Failure(
    "E500",
    `mcp takes install, not '${verb}'`,
    didYouMean(verb, ["install"]) ?? "To serve: taskmux mcp",
  );

function clientsNamed(name: string): McpClient[] | Failure {
  const client = MCP_CLIENTS.find((one) => one.client === name);
  if (client !== undefined) return [client];
  const names = MCP_CLIENTS.map((one) => one.client);
  return new Failure(
    "E500",
    `mcp install knows ${names.join(", ")}, not '${name}'`,
    didYouMean(name, names) ??
      "For another client, register the command `taskmux mcp`: taskmux mcp install claude --print",
  );
}

/** Prints the result and returns the exit status. */
async function tell(result: McpInstallation, from: string, json: boolean): Promise<number> {
  const { ok, error, hint } = result;
  if (json) printJson(result);
  else {
    printLines(1, renderInstallation(result, from).map(printable));
    const { printMessage } = await import("../messages.ts");
    if (error !== undefined) printMessage("error", error, hint);
  }
  return ok ? OK : FAILED;
}
