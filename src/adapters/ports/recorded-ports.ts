import { dirname } from "node:path";
import { chosenOf } from "../../domain/ports/addresses.ts";
import { withRunTasks } from "../state/run-tasks.ts";
import { SessionOwner } from "../state/session-owner.ts";
import { runDirectory } from "../system/paths.ts";
import { PortRecord } from "./record.ts";

/**
 * The tasks of a session that have a port, from its config or from a start, as last recorded; tasks of `run` included. None
 * of a session that 0.1.0 has recorded.
 */
export function recordedPorts(session: string): { task: string; port: number }[] {
  const directory = runDirectory(session);
  const { config: recorded, configPath, checkout } = new SessionOwner(directory);
  if (recorded === null || configPath === null) return [];
  const place = { session, configPath, checkout, directory: dirname(configPath) };
  const { config } = withRunTasks({ ...place, config: recorded });
  const chosen = new PortRecord(directory).ports;
  return config.tasks.flatMap(({ name: task, port: setting }) => {
    const port = typeof setting === "string" ? chosenOf(chosen, task) : setting;
    return port === null ? [] : [{ task, port }];
  });
}
