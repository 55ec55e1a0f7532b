import { readdirSync, readlinkSync } from "node:fs";
import type { Listener } from "../../domain/tasks/port-owner.ts";
import { readText } from "../system/files.ts";
import { canBind } from "./bind.ts";
import { holderOf, userName } from "./holder.ts";
import { system } from "../system/platform.ts";

/**
 * The processes that listen on a TCP port, on any address, in IPv4 and IPv6; several if they share the port or its socket.
 * Clients of the port are not included. Linux: about 0.05 ms if nothing listens, otherwise a scan of all open files. macOS:
 * one `lsof`, which shows only this user's processes. `project`: the directory of the project that needs the port, if any.
 */
export async function listeners(port: number, project: string | null): Promise<Listener[]> {
  return system === "linux" ? fromProc(port, project) : fromLsof(port, project);
}

/** A listening socket of /proc/net/tcp. */
export interface Socket {
  inode: string;
  uid: number;
}

/** The listeners found by one scan: the processes, and the sockets without a visible process. */
interface ListenerScan {
  pids: number[];
  unseen: Socket[];
}

/** Number of scans, and ms between them: a process that ends during a scan leaves a socket without a process. */
const LOOKS = 4;
const PAUSE = 2;

async function fromProc(port: number, project: string | null): Promise<Listener[]> {
  // The kernel takes milliseconds to make its tables, however few sockets there are.
  if (canBind(port)) return [];
  let scan = look(port);
  const isOurs = ({ uid }: Socket) => uid === process.geteuid?.();
  for (let looks = 1; looks < LOOKS && scan.unseen.some(isOurs); looks++) {
    await Bun.sleep(PAUSE);
    scan = look(port);
  }
  const unseen = scan.unseen.map(({ uid }): Listener => ({ holder: null, user: userName(uid) }));
  return [...withHolders(scan.pids, project), ...unseen];
}

function look(port: number): ListenerScan {
  const tables = ["/proc/net/tcp", "/proc/net/tcp6"].map((path) => readText(path) ?? "");
  const sockets = tables.flatMap((table) => parseSockets(table, port));
  if (sockets.length === 0) return { pids: [], unseen: [] };
  const owners = ownersOf(new Set(sockets.map(({ inode }) => inode)));
  const unseen = sockets.filter(({ inode }) => !owners.has(inode));
  return { pids: [...new Set([...owners.values()].flat())], unseen };
}

/** Leaves out processes that have ended since the scan. */
function withHolders(pids: number[], project: string | null): Listener[] {
  const holders = pids.map((pid) => holderOf(pid, project)).filter((holder) => holder !== null);
  return holders.map((holder) => ({ holder, user: holder.user }));
}

/** proc_net_tcp: `sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode`; state 0A is listening. */
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

/** The inodes of a process's open sockets; none if it is gone, or another user's. */
export function socketsOf(pid: string): string[] {
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

async function fromLsof(port: number, project: string | null): Promise<Listener[]> {
  const argv = ["lsof", "-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fp"];
  try {
    const child = Bun.spawn(argv, { stdin: "ignore", stderr: "ignore" });
    return withHolders(parseLsof(await child.stdout.text()), project);
  } catch {
    // Without lsof, the task itself will report that the port is in use.
    return [];
  }
}

/** The pids in `lsof -F` output: a line `p4242` begins each process, the others describe its files. */
export function parseLsof(output: string): number[] {
  const pids = output.split("\n").flatMap((line) => /^p(\d+)$/.exec(line)?.[1] ?? []);
  return [...new Set(pids.map(Number))];
}
