import { readFileSync } from "node:fs";
import type { ProcessIdentity } from "./table.ts";
import { readPsEnvironment } from "./ps.ts";
import { system } from "../system/platform.ts";

/** Whether a process's environment has this variable with this value. */
export const hasVariable = (of: ProcessIdentity, name: string, value: string): boolean =>
  readEnvironment(of).split(/[\0 ]/).includes(`${name}=${value}`);

/** The environment that a process had when it executed its program; empty if unreadable. */
export function readEnvironment(of: ProcessIdentity): string {
  if (system !== "linux") return readPsEnvironment(of);
  try {
    return readFileSync(`/proc/${of.pid}/environ`, "latin1");
  } catch {
    return "";
  }
}
