import type { Act } from "../../domain/tasks/lifecycle.ts";
import { isAlive, type ProcessIdentity, readProcess } from "../processes/table.ts";
import type { ActRecord } from "./records.ts";

let self: ProcessIdentity | null = null;

/** The record of an act that this process begins. */
export const actOfSelf = (kind: Act): ActRecord => ({ kind, ...identityOfSelf(), at: Date.now() });

function identityOfSelf(): ProcessIdentity {
  return (self ??= { pid: process.pid, startTime: readProcess(process.pid)?.startTime ?? "" });
}

/** The act in progress; null if there is none, or its process has ended. */
export function actInProgress(act: ActRecord | null): Act | null {
  if (act === null) return null;
  const isOwn = act.pid === self?.pid && act.startTime === self.startTime;
  return isOwn || isAlive(act) ? act.kind : null;
}
