import { install, installedClients } from "../../app/mcp/install.ts";
import { printable } from "../../domain/values/printable.ts";
import { printMessage } from "../messages.ts";
import { printLines } from "../output.ts";
import { renderInstallation } from "../render/init.ts";
import { agentFiles } from "../wiring/agent-files.ts";
import { readAnswer } from "./ask-init.ts";

/** Offers to register the MCP server for the clients that are installed; whether it is registered then. */
export async function offerMcp(directory: string): Promise<boolean> {
  const clients = installedClients(agentFiles);
  if (clients.length === 0) return false;
  const files = clients.map(({ file }) => file).join(", ");
  const answer = await readAnswer(`Register the MCP server in ${files}? (y/N): `);
  if (!/^y(es)?$/i.test(answer?.trim() ?? "")) return false;
  const result = await install(agentFiles, directory, clients, []);
  printLines(1, renderInstallation(result, directory).map(printable));
  if (result.error !== undefined) printMessage("warn", result.error);
  return result.clients.length > 0;
}
