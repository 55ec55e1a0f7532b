import { agentSession, type Environment } from "./agents.ts";
import { printableLine } from "./printable.ts";

/** What a monitor does by itself: restarts, and changes of the config. */
export const MONITOR = "monitor";

/** Length of an actor in characters; number of characters of a session's id. */
const LONGEST = 64;
const ID_LENGTH = 8;

/**
 * Who gives an order, as events name it: `TASKMUX_ACTOR`, else the agent and the begin of its session's id, else what
 * `person` returns. One printable line of at most 64 characters.
 */
export function actorOf(environment: Environment, person: () => string): string {
  const session = agentSession(environment);
  const id = session === null ? "" : shortened(session.id, ID_LENGTH);
  return (
    shortened(environment["TASKMUX_ACTOR"] ?? "") ||
    (session !== null && id !== "" ? `${session.agent}/${id}` : shortened(person()))
  );
}

/** A client of the daemon's API, by the name that it gives itself. */
export function apiActor(name = ""): string {
  const client = shortened(name);
  return client === "" ? "api" : `api/${client}`;
}

/** A text of unknown content and length as part of a line. */
function shortened(text: string, length = LONGEST): string {
  // The rest of a long text would only cost time.
  const line = printableLine(text.slice(0, 16 * LONGEST));
  // Not half of a surrogate pair.
  const cut = line.slice(0, length).replace(/[\uD800-\uDBFF]$/, "");
  return cut.toWellFormed().trim();
}
