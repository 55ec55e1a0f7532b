import { readFileSync } from "node:fs";
import { join } from "node:path";
import { HUB_UNWRITTEN, parseHubRecord } from "../../src/adapters/logs/hub-files.ts";
import { isAlive } from "../../src/adapters/processes/table.ts";
import { readText } from "../../src/adapters/system/files.ts";
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

/** Whether the hub has done all that it has announced: nothing is lost or repeated if it is killed now. */
export function isHubIdle(directory: string): boolean {
  const bytes = readFileSync(join(directory, HUB_UNWRITTEN));
  return bytes.readUInt32LE(4) === 0;
}
