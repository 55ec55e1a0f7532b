import { recordedPorts } from "../../adapters/ports/recorded-ports.ts";
import { readFacts } from "../../adapters/sessions/facts.ts";
import { runningSessions } from "../../adapters/sessions/servers.ts";
import { leaseHolder } from "../../adapters/state/lease.ts";
import { sessionNames } from "../../adapters/state/session-record.ts";
import { homeDirectory } from "../../adapters/system/paths.ts";
import { endTmuxCalls } from "../../adapters/tmux/call.ts";
import { ps } from "../../app/commands/ps.ts";
import { printableValue } from "../../domain/values/printable.ts";
import { printResult } from "../print-result.ts";
import type { View } from "../render/style.ts";

/** `taskmux ps`: all sessions of this user, from any directory. */
export async function listSessions(json: boolean): Promise<number> {
  const value = await ps({
    sessionNames,
    runningSessions,
    facts: readFacts,
    ports: recordedPorts,
    monitor: (session) => leaseHolder(session, "monitor"),
  });
  endTmuxCalls();
  const lines = async (view: View) =>
    (await import("../render/sessions.ts")).renderPs(printableValue(value), homeDirectory(), view);
  return printResult({ value, status: undefined, lines }, json);
}
