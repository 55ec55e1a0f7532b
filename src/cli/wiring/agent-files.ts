import { hasProgram, readContextFile, writeContextFile } from "../../adapters/init/agent-files.ts";
import { parseToml } from "../../adapters/config/toml.ts";
import type { ClientFiles } from "../../app/mcp/install.ts";
import { isTable } from "../../domain/values/shape.ts";

/** The files of coding agents and MCP clients in a project. */
export const agentFiles: ClientFiles = {
  hasProgram,
  readContextFile,
  writeContextFile,
  parseToml: async (text) => {
    const read = await parseToml(text);
    return "parsed" in read && isTable(read.parsed) ? read.parsed : null;
  },
};
