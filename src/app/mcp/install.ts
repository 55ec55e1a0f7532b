import { type Failure, isFailure } from "../../domain/failure.ts";
import {
  freshFile,
  isRegistered,
  MCP_CLIENTS,
  type McpClient,
  type ParseToml,
  registered,
} from "../../domain/mcp/clients.ts";
import type { McpInstallation } from "../../domain/results/init.ts";
import type { AgentFiles } from "../commands/inject.ts";

/** Access to the clients' files. */
export interface ClientFiles extends AgentFiles {
  parseToml: ParseToml;
}

type Installed = McpInstallation["clients"][number];

/** The clients that are installed. */
export const installedClients = ({ hasProgram }: Pick<AgentFiles, "hasProgram">): McpClient[] =>
  MCP_CLIENTS.filter(({ programs }) => programs.some(hasProgram));

/** Registers the server in the files of clients. If one file can't be written, the others still are. `flags`: of `mcp`. */
export async function install(
  files: ClientFiles,
  directory: string,
  clients: readonly McpClient[],
  flags: readonly string[],
): Promise<McpInstallation> {
  const written: Installed[] = [];
  let failure: Failure | null = null;
  for (const client of clients) {
    const action = await register(files, directory, client, flags);
    if (isFailure(action)) failure ??= action;
    else written.push({ client: client.client, file: `${directory}/${client.file}`, action });
  }
  if (failure === null) return { ok: true, clients: written };
  const { message: error, code: error_code, hint } = failure;
  return { ok: false, error, error_code, ...(hint !== undefined && { hint }), clients: written };
}

async function register(
  files: ClientFiles,
  directory: string,
  client: McpClient,
  flags: readonly string[],
): Promise<Installed["action"] | Failure> {
  const file = files.readContextFile(directory, client.file);
  if (isFailure(file)) return file;
  const text =
    file.text === null
      ? freshFile(client, flags)
      : await registered(file.text, client, flags, files.parseToml);
  if (isFailure(text)) return text;
  if (text === file.text) return "unchanged";
  return files.writeContextFile(file, text) ?? (file.text === null ? "created" : "updated");
}

/** What belongs into the files of clients. */
export const printed = (
  directory: string,
  clients: readonly McpClient[],
  flags: readonly string[],
): McpInstallation => ({
  ok: true,
  clients: clients.map((client) => ({
    client: client.client,
    file: `${directory}/${client.file}`,
    action: "printed",
    text: freshFile(client, flags),
  })),
});

/** Whether a project registers the server for any client. */
export async function hasServer(files: ClientFiles, directory: string): Promise<boolean> {
  for (const client of MCP_CLIENTS) {
    const file = files.readContextFile(directory, client.file);
    if (isFailure(file) || file.text === null) continue;
    if (await isRegistered(file.text, client, files.parseToml)) return true;
  }
  return false;
}
