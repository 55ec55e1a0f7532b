import { readdirSync, readlinkSync } from "node:fs";
import type { Listener } from "../domain/port-owner.ts";
import { readText } from "./files.ts";
import { holderOf } from "./port-holder.ts";

/**
 * Every process that listens on a TCP port, on any address, in IPv4 and IPv6; several where they share the port or its
 * socket. Clients of the port are none. Linux: some 0.2 ms where nobody listens, and a look at all open files where
 * somebody does. macOS: one `lsof`, which shows this user's only.
 */
export async function listeners(port: number): Promise<Listener[]> {
  return process.platform === "linux" ? fromProc(port) : fromLsof(port);
}

/** A listening socket of /proc/net/tcp. */
export interface Socket {
  inode: string;
  uid: number;
}

/** Who listens as one look shows it: the processes, and the sockets that none of them seems to have. */
interface Sight {
  pids: number[];
  unseen: Socket[];
}

/** A process that ends between the two tables leaves a socket that nobody has: looked at so many times, ms apart. */
const LOOKS = 4;
const PAUSE = 2;

async function fromProc(port: number): Promise<Listener[]> {
  let sight = look(port);
  const isOurs = ({ uid }: Socket) => uid === process.geteuid?.();
  for (let looks = 1; looks < LOOKS && sight.unseen.some(isOurs); looks++) {
    await Bun.sleep(PAUSE);
    sight = look(port);
  }
  const unseen = sight.unseen.map(({ uid }): Listener => ({ holder: null, uid }));
  return [...withHolders(sight.pids), ...unseen];
}

function look(port: number): Sight {
  const tables = ["/proc/net/tcp", "/proc/net/tcp6"].map((path) => readText(path) ?? "");
  const sockets = tables.flatMap((table) => parseSockets(table, port));
  if (sockets.length === 0) return { pids: [], unseen: [] };
  const owners = ownersOf(new Set(sockets.map(({ inode }) => inode)));
  const unseen = sockets.filter(({ inode }) => !owners.has(inode));
  return { pids: [...new Set([...owners.values()].flat())], unseen };
}

/** A process that is gone by the time it is looked at doesn't listen. */
function withHolders(pids: number[]): Listener[] {
  const holders = pids.map(holderOf).filter((holder) => holder !== null);
  return holders.map((holder) => ({ holder, uid: holder.uid }));
}

/** proc_net_tcp: `sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode`; state 0A listens. */
export function parseSockets(table: string, port: number): Socket[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const sockets: Socket[] = [];
  for (const line of table.split("\n")) {
    if (!line.includes(suffix)) continue;
    const [, local = "", , state, , , , uid, , inode] = line.trim().split(/\s+/);
    if (state === "0A" && local.endsWith(suffix) && inode)
      sockets.push({ inode, uid: Number(uid) });
  }
  return sockets;
}

/** The processes that have these sockets open, by inode. */
function ownersOf(inodes: ReadonlySet<string>): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const own = socketsOf(name).filter((inode) => inodes.has(inode));
    for (const inode of own) found.set(inode, [...(found.get(inode) ?? []), Number(name)]);
  }
  return found;
}

/** The inodes of a process's open sockets; none where it is gone, or another user's. */
function socketsOf(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => socketAt(`/proc/${pid}/fd/${fd}`));
  } catch {
    return [];
  }
}

function socketAt(path: string): string[] {
  try {
    const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(path))?.[1];
    return inode === undefined ? [] : [inode];
  } catch {
    return [];
  }
}

async function fromLsof(port: number): Promise<Listener[]> {
  const argv = ["lsof", "-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fp"];
  try {
    const child = Bun.spawn(argv, { stdin: "ignore", stderr: "ignore" });
    return withHolders(parseLsof(await child.stdout.text()));
  } catch {
    // No lsof: the task itself says that the port is taken.
    return [];
  }
}

/** The pids in `lsof -F` output: a line `p4242` begins each process, others tell of its files. */
export function parseLsof(output: string): number[] {
  const pids = output.split("\n").flatMap((line) => /^p(\d+)$/.exec(line)?.[1] ?? []);
  return [...new Set(pids.map(Number))];
}
