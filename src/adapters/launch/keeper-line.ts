import { isAlive, type ProcessIdentity } from "../processes/table.ts";
import { commandLine } from "../processes/description.ts";

/** The name of the keeper program (keeper.c). */
export const KEEPER = "taskmux-keeper";

/**
 * A placeholder for the program's pid. A keeper overwrites it with the pid, and puts the dot back when the program has
 * ended.
 */
const BLANK = ".0000000000";

/** The command line that runs a program under a keeper. */
export const keptBy = (keeper: string, words: string[]): string[] => [keeper, BLANK, ...words];

/** What a keeper's command line shows of its program. */
export type KeptProgram =
  { kind: "starting" } | { kind: "started"; pid: number } | { kind: "ended" };

/** Parses a command line, NUL-separated; null if it isn't a keeper's. */
export function parseKeeperLine(line: string): KeptProgram | null {
  const [path = "", field = ""] = line.split("\0");
  if (!path.endsWith(`/${KEEPER}`) || !/^[.+]\d{10}$/.test(field)) return null;
  if (field.startsWith("+")) return { kind: "started", pid: Number(field.slice(1)) };
  return { kind: field === BLANK ? "starting" : "ended" };
}

/** Whether this process is alive and is a keeper. */
export const isKeeper = (identity: ProcessIdentity): boolean =>
  isAlive(identity) && parseKeeperLine(commandLine(identity.pid)) !== null;
