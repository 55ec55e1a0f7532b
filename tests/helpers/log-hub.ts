import { readFileSync } from "node:fs";
import { join } from "node:path";
import { HUB_UNWRITTEN, parseHubRecord } from "../../src/adapters/logs/hub-files.ts";
import { isAlive } from "../../src/adapters/processes/table.ts";
import { readText } from "../../src/adapters/system/files.ts";
import { isStopped } from "../../src/adapters/tmux/server.ts";
import { eventually } from "./eventually.ts";
import type { World } from "./world.ts";

/** The pid of the log hub of a session in this world, while it runs; a new one is on record once it reads. */
export function logHub(world: World, session = "demo"): number | null {
  const { hub } = hubRecord(world, session);
  return hub !== null && isAlive(hub) ? hub.pid : null;
}

/** The pid of the script that keeps it running. */
export const logHubScript = (world: World, session = "demo"): number | null =>
  hubRecord(world, session).script?.pid ?? null;

const hubRecord = (world: World, session: string) =>
  parseHubRecord(readText(join(world.home, ".taskmux/run", session, "log-hub")) ?? "");

/**
 * Stops a hub by SIGSTOP where it has done all that it has announced, and `holds`: nothing is lost or repeated if it is killed
 * then. A running one may announce another look into a FIFO at any time.
 */
export async function stopIdleHub(
  pid: number,
  directory: string,
  holds: () => boolean,
): Promise<void> {
  await eventually(async () => {
    process.kill(pid, "SIGSTOP");
    await eventually(() => isStopped(pid));
    if (readFileSync(join(directory, HUB_UNWRITTEN)).readUInt32LE(4) === 0 && holds()) return true;
    process.kill(pid, "SIGCONT");
    return false;
  });
}
