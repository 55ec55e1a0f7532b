/** Where the API listens, and what it asks of whoever calls. */
export interface Gate {
  /** As the user named it: an address, or a name. */
  host: string;
  port: number;
  /** The user that the daemon runs as. */
  uid: number;
  /** Whether a token must be shown. */
  asksToken: boolean;
}

/** One request, as far as it matters here. Headers are null where they are absent. */
export interface Caller {
  host: string | null;
  origin: string | null;
  /** The user at the other end of a loopback connection; "unseen" where that can't be found; null where it isn't asked. */
  uid: number | "unseen" | null;
  token: "none" | "wrong" | "right";
}

/** Why a request is turned away, with the HTTP status that says so. */
export interface Refusal {
  status: 401 | 403;
  message: string;
  hint: string;
}

const ROOT = 0;

/** Whether only this machine can reach what listens there. */
export const isLoopback = (host: string): boolean =>
  /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?|(::ffff:)127(\.\d{1,3}){3})$/i.test(host);

/** Null for who may. A page that isn't the daemon's own, a name that was made to point here, and another user may not. */
export function refusal(caller: Caller, gate: Gate): Refusal | null {
  return (
    refusedHost(caller, gate) ??
    refusedOrigin(caller) ??
    refusedUser(caller, gate) ??
    refusedToken(caller, gate)
  );
}

/** A page of a name that was made to point to 127.0.0.1 has that name in its Host. Where a token is asked of all, the name can't tell more. */
function refusedHost({ host }: Caller, gate: Gate): Refusal | null {
  if (!isLoopback(gate.host) || (host !== null && isOwnHost(host, gate.port))) return null;
  return {
    status: 403,
    message: `Host ${quoted(host)} is not this daemon`,
    hint: `Use http://127.0.0.1:${gate.port}/`,
  };
}

function isOwnHost(host: string, port: number): boolean {
  const [, name = "", given = "80"] = /^([^:]+|\[[^\]]*\])(?::(\d+))?$/.exec(host) ?? [];
  return isLoopback(name) && !name.startsWith(":") && Number(given) === port;
}

/** Only browsers send one, and always with a WebSocket. As addressed: whoever listens on the same port of another address is a stranger. */
function refusedOrigin({ host, origin }: Caller): Refusal | null {
  if (origin === null || origin.toLowerCase() === `http://${host?.toLowerCase()}`) return null;
  return {
    status: 403,
    message: `Origin ${quoted(origin)} is not this daemon's own`,
    hint: "Web pages of others may not use it.",
  };
}

/** Root may do anything without asking us. */
function refusedUser({ uid }: Caller, gate: Gate): Refusal | null {
  if (uid === null || uid === gate.uid || uid === ROOT) return null;
  const who = uid === "unseen" ? "A client whose user can't be seen" : `User ${uid}`;
  return {
    status: 403,
    message: `${who} may not use the daemon of user ${gate.uid}`,
    hint: "Run a daemon of your own.",
  };
}

function refusedToken({ token }: Caller, { asksToken }: Gate): Refusal | null {
  if (!asksToken || token === "right") return null;
  return {
    status: 401,
    message: token === "none" ? "A token is needed" : "The token is wrong",
    hint: "Send it as `Authorization: Bearer TOKEN`, or as ?token=TOKEN.",
  };
}

const LONGEST = 100;

const quoted = (text: string | null): string =>
  text === null ? "(none)" : `'${text.slice(0, LONGEST)}'`;
