import { isAbsolute } from "node:path";
import { endSearches } from "../../adapters/logs/query.ts";
import { serveMcp } from "../../adapters/mcp/server.ts";
import { isTerminal } from "../../adapters/system/libc.ts";
import { OK } from "../../domain/exit-status.ts";
import { printLines } from "../output.ts";
import type { ProjectLocation } from "../project-location.ts";
import { endingBySignal } from "../shutdown.ts";
import { ownVersion } from "../version.ts";
import { closeContext } from "../wiring/context.ts";
import { mcpParts } from "../wiring/mcp.ts";

/** Serves the tools on stdin and stdout until stdin ends, or a signal. */
export async function serve(location: ProjectLocation, readOnly: boolean): Promise<number> {
  const ending = endingBySignal();
  if (isTerminal(0)) printLines(2, [NOTE]);
  const parts = mcpParts(serverLocation(location), { readOnly, version: await ownVersion() });
  const onError = ({ message }: Error) => void warn(message);
  await serveMcp({ ...parts, onError }, ending.signal);
  endSearches();
  closeContext();
  return OK;
}

const NOTE = "note: a coding agent starts this server; to register it: taskmux mcp install";

async function warn(message: string): Promise<void> {
  (await import("../messages.ts")).printMessage("warn", message);
}

/** Claude Code names the project in the environment: it may start the server elsewhere. */
function serverLocation(location: ProjectLocation): ProjectLocation {
  const named = process.env["CLAUDE_PROJECT_DIR"];
  const isUsed = location.explicit === null && named !== undefined && isAbsolute(named);
  return isUsed ? { ...location, cwd: named } : location;
}
