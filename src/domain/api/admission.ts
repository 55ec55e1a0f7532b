/** How many connections the API accepts at a time, by kind. */
export interface Bounds {
  /** Connections whose user isn't known yet, or is another user. */
  strangers: number;
  /** Accepted connections that are not (yet) WebSockets. */
  requests: number;
  /** WebSockets. */
  clients: number;
}

const MOST: Bounds = { strangers: 320, requests: 320, clients: 256 };

/** File descriptors of an accepted connection: its own, and both ends of the relay to the server behind. */
const PER_CONNECTION = 3;

/** The share of all descriptors for connections; the other half is for files, tmux, hooks and checks. */
const SHARE = 0.5;

/** The bounds of a process with a limit of `limit` open descriptors. */
export function boundsFor(limit: number): Bounds {
  const wanted = MOST.strangers + PER_CONNECTION * (MOST.requests + MOST.clients);
  const scale = Math.min(1, (limit * SHARE) / wanted);
  const scaled = (most: number): number => Math.max(1, Math.floor(most * scale));
  return {
    strangers: scaled(MOST.strangers),
    requests: scaled(MOST.requests),
    clients: scaled(MOST.clients),
  };
}
