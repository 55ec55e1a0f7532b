import { readFile } from "node:fs/promises";
import { system } from "../system/platform.ts";

/** A client's address, as the server sees it. */
export interface PeerAddress {
  address: string;
  port: number;
}

/** Number of readings: /proc/net/tcp is no snapshot, so one may miss a connection while others come and go. */
const LOOKS = 3;

/**
 * The user of the client's end of a local connection to `serverPort`; "unseen" if that end is closed already, null if the
 * system doesn't report it (macOS). Ask while the connection is open.
 */
export async function peerUser(
  client: PeerAddress,
  serverPort: number,
): Promise<number | "unseen" | null> {
  if (system !== "linux") return null;
  for (let look = 0; look < LOOKS; look++) {
    const tables = await connections();
    const users = new Set(tables.flatMap((table) => usersOf(table, client, serverPort)));
    // Two clients with the same address and port, connected to two addresses of this machine: which one this is can't be
    // known.
    if (users.size > 1) return "unseen";
    for (const user of users) return user;
  }
  return "unseen";
}

let reading: Promise<unknown> = Promise.resolve();
let next: Promise<string[]> | null = null;

/**
 * Reads the tables in another thread. With a thousand connections that takes 10 ms, so all callers during one reading share
 * the next one: many connections don't block the daemon.
 */
function connections(): Promise<string[]> {
  return (next ??= reading.then(() => {
    next = null;
    const tables = Promise.all(["/proc/net/tcp", "/proc/net/tcp6"].map(readTable));
    reading = tables;
    return tables;
  }));
}

/** Without IPv6, only one table exists. */
const readTable = (path: string): Promise<string> => readFile(path, "latin1").catch(() => "");

const ESTABLISHED = "01";

/**
 * The users of the client's end in a table of proc_net_tcp: `sl local_address rem_address st tx:rx tr:when retrnsmt uid
 * timeout inode`. A closed end has no inode, and is listed under root: it is ignored.
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

/** An address as in the tables: 32-bit words in the machine's byte order. An IPv4 client may have an IPv6 socket. */
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
