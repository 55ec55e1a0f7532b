import { existsSync } from "node:fs";
import type { Reservation } from "../../domain/ports/choice.ts";
import { isShortage, refusedBySystem } from "../../domain/system-error.ts";
import { RunState } from "../state/run-state.ts";
import { sessionNames } from "../state/session-record.ts";
import { SessionOwner } from "../state/session-owner.ts";
import { runDirectory } from "../system/paths.ts";
import { recordedPorts } from "./recorded-ports.ts";

/** A task of another session, with the port that its config or a start gave it. */
interface Claim {
  session: string;
  task: string;
  config: string;
}

/**
 * The ports that other sessions need: those of tasks that are wanted up. A session whose config is gone keeps only the ports
 * of tasks that run: nothing else starts there again. Read at the time of the call; `session`: the one that asks.
 */
export function othersReservations(session: string): (port: number) => Reservation | null {
  const claims = Map.groupBy(
    sessionNames()
      .filter((name) => name !== session)
      .flatMap(claimsOf),
    ([port]) => port,
  );
  return (port) => {
    const found = claims.get(port)?.find(([, claim]) => isNeeded(claim));
    return found === undefined ? null : found[1];
  };
}

/**
 * A session whose records can't be read claims no port, and keeps none from others: if its tasks listen, that is seen. What
 * can't be told because the system lacks something now is an error.
 */
function claimsOf(session: string): [port: number, claim: Claim][] {
  return unlessUnreadable(() => readClaims(session), []);
}

function unlessUnreadable<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch (error) {
    if (isShortage(error) || refusedBySystem(error) === null) throw error;
    return otherwise;
  }
}

function readClaims(session: string): [port: number, claim: Claim][] {
  const { configPath } = new SessionOwner(runDirectory(session));
  if (configPath === null) return [];
  return recordedPorts(session).map(({ task, port }) => [
    port,
    { session, task, config: configPath },
  ]);
}

/** A task whose records can't be read may need its port. */
const isNeeded = (claim: Claim): boolean => unlessUnreadable(() => readNeed(claim), true);

function readNeed({ session, task, config }: Claim): boolean {
  const files = new RunState(session).task(task);
  if (files.memory().want !== "up") return false;
  return existsSync(config) || files.process().kind === "alive";
}
