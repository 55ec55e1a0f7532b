import { readFile } from "node:fs/promises";

/** Where a client calls from, as a server sees it. */
export interface PeerAddress {
  address: string;
  port: number;
}

/** /proc/net/tcp is no snapshot: while connections come and go a look may miss one. */
const LOOKS = 3;

/**
 * The user at the other end of a connection from this machine to `serverPort`; "unseen" where nobody holds that end any
 * more, null where the system doesn't tell (macOS). To be asked while the connection is open.
 */
export async function peerUser(
  client: PeerAddress,
  serverPort: number,
): Promise<number | "unseen" | null> {
  if (process.platform !== "linux") return null;
  for (let look = 0; look < LOOKS; look++) {
    const tables = await connections();
    const users = new Set(tables.flatMap((table) => usersOf(table, client, serverPort)));
    // Two ends of the same name, to two addresses of ours: which one calls can't be told.
    if (users.size > 1) return "unseen";
    for (const user of users) return user;
  }
  return "unseen";
}

let reading: Promise<unknown> = Promise.resolve();
let next: Promise<string[]> | null = null;

/**
 * The tables as they are from now on, read by another thread. They take 10 ms where there are a thousand connections: all
 * that ask while they are being read share the next reading, so that nobody keeps the daemon busy by calling often.
 */
function connections(): Promise<string[]> {
  return (next ??= reading.then(() => {
    next = null;
    const tables = Promise.all(["/proc/net/tcp", "/proc/net/tcp6"].map(readTable));
    reading = tables;
    return tables;
  }));
}

/** Without IPv6 there is only one. */
const readTable = (path: string): Promise<string> => readFile(path, "latin1").catch(() => "");

const ESTABLISHED = "01";

/**
 * The users that hold the client's end in a table of proc_net_tcp: `sl local_address rem_address st tx:rx tr:when retrnsmt
 * uid timeout inode`. An end that was closed has no inode and is shown as root's: it counts as nobody's.
 */
export function usersOf(table: string, client: PeerAddress, serverPort: number): number[] {
  const own = new Set(tableForms(client.address).map((form) => `${form}:${hexPort(client.port)}`));
  const suffix = `:${hexPort(serverPort)}`;
  const users: number[] = [];
  for (const line of table.split("\n")) {
    if (!line.includes(suffix)) continue;
    const [, local = "", remote = "", state, , , , uid, , inode = "0"] = line.trim().split(/\s+/);
    const isEnd = own.has(local) && remote.endsWith(suffix) && state === ESTABLISHED;
    if (isEnd && inode !== "0") users.push(Number(uid));
  }
  return users;
}

const hexPort = (port: number): string => port.toString(16).toUpperCase().padStart(4, "0");

const V4_MAPPED = "0000000000000000FFFF0000";
const V6_LOOPBACK = "00000000000000000000000001000000";

/** An address as the tables write it: 32-bit words in the machine's byte order. An IPv4 client may have an IPv6 socket. */
function tableForms(address: string): string[] {
  if (address === "::1") return [V6_LOOPBACK];
  const bytes = address.replace(/^::ffff:/i, "").split(".");
  if (bytes.length !== 4) return [];
  const word = bytes
    .toReversed()
    .map((byte) => Number(byte).toString(16).toUpperCase().padStart(2, "0"))
    .join("");
  return [word, `${V4_MAPPED}${word}`];
}
