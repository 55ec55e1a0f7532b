/** The address of the API, and its requirements for clients. */
export interface Gate {
  /** As the user wrote it: an address or a name. */
  host: string;
  port: number;
  /** Whether a client must send a token. */
  asksToken: boolean;
}

/** The parts of a request that decide whether it is allowed. Headers are null where they are absent. */
export interface Caller {
  host: string | null;
  origin: string | null;
  token: "none" | "wrong" | "right";
}

/** Why a request is refused, with its HTTP status. */
export interface ApiRefusal {
  status: 401 | 403;
  message: string;
  hint: string;
}

const ROOT = 0;

/** Whether only this machine can reach a listener on this host. */
export const isLoopback = (host: string): boolean =>
  /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?|(::ffff:)127(\.\d{1,3}){3})$/i.test(host);

/** Returns null if the request is allowed. Refused: foreign origins, rebound host names, wrong tokens. */
export function refusal(caller: Caller, gate: Gate): ApiRefusal | null {
  return refusedHost(caller, gate) ?? refusedOrigin(caller) ?? refusedToken(caller, gate);
}

/** Against DNS rebinding, the Host header carries the attacker's name. Not checked where every request needs a token. */
function refusedHost({ host }: Caller, gate: Gate): ApiRefusal | null {
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

/**
 * Only browsers send an Origin, and they always do for a WebSocket. The port alone doesn't identify this daemon: another
 * program may listen on the same port of another address.
 */
function refusedOrigin({ host, origin }: Caller): ApiRefusal | null {
  if (origin === null || origin.toLowerCase() === `http://${host?.toLowerCase()}`) return null;
  return {
    status: 403,
    message: `Origin ${quoted(origin)} is not this daemon's own`,
    hint: "Only the daemon's own page may use it.",
  };
}

/**
 * Returns null if the connection is allowed: it comes from the daemon's own user `own`, or from root. `uid` is "unseen"
 * if the user of the other end can't be found, and null if the system doesn't report it or the client is on another machine.
 */
export function refusedUser(uid: number | "unseen" | null, own: number): ApiRefusal | null {
  if (uid === null || uid === own || uid === ROOT) return null;
  const who = uid === "unseen" ? "A client whose user is unknown" : `User ${uid}`;
  return {
    status: 403,
    message: `${who} may not use the daemon of user ${own}`,
    hint: "Run a daemon of your own.",
  };
}

function refusedToken({ token }: Caller, { asksToken }: Gate): ApiRefusal | null {
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
