import { readText } from "../system/files.ts";
import { runText } from "../processes/ps.ts";
import { system } from "../system/platform.ts";
import { socketsOf } from "./listeners.ts";

/** A process and a TCP port on which it listens. */
type ListeningProcess = [pid: number, port: number];

/** The TCP ports on which any of these processes listens, in ascending order; none for those that can't be read. */
export const portsOf = (pids: readonly number[]): number[] =>
  ascending([...portsByProcess(pids).values()].flat());

/** The same for each process, by pid; those that listen nowhere are missing. */
export function portsByProcess(pids: readonly number[]): Map<number, number[]> {
  if (pids.length === 0) return new Map();
  const found = system === "linux" ? fromProc(pids) : parseLsofPorts(fromLsof(pids));
  const byPid = Map.groupBy(found, ([pid]) => pid);
  return new Map([...byPid].map(([pid, pairs]) => [pid, ascending(pairs.map(([, port]) => port))]));
}

const ascending = (ports: readonly number[]): number[] =>
  [...new Set(ports)].toSorted((a, b) => a - b);

function fromProc(pids: readonly number[]): ListeningProcess[] {
  const tables = ["/proc/net/tcp", "/proc/net/tcp6"].map((path) => readText(path) ?? "");
  const listening = new Map(tables.flatMap(parseListening));
  return pids.flatMap((pid) =>
    socketsOf(String(pid)).flatMap((inode): ListeningProcess[] => {
      const port = listening.get(inode);
      return port === undefined ? [] : [[pid, port]];
    }),
  );
}

/** The inode and the port of each listening socket: see `parseSockets`. */
export function parseListening(table: string): [inode: string, port: number][] {
  return table.split("\n").flatMap((line): [string, number][] => {
    const [, local = "", , state, , , , , , inode] = line.trim().split(/\s+/);
    if (state !== "0A" || !inode) return [];
    return [[inode, Number.parseInt(local.slice(local.lastIndexOf(":") + 1), 16)]];
  });
}

const fromLsof = (pids: readonly number[]): string =>
  runText(["lsof", "-nP", "-a", "-p", pids.join(","), "-iTCP", "-sTCP:LISTEN", "-Fn"]);

/** The ports in `lsof -Fn` output: a line `p42` for each process, and then `n*:3000` or `n[::1]:3000` for each socket. */
export function parseLsofPorts(output: string): ListeningProcess[] {
  const found: ListeningProcess[] = [];
  let pid = 0;
  for (const line of output.split("\n")) {
    pid = Number(/^p(\d+)$/.exec(line)?.[1] ?? pid);
    const port = /^n.*:(\d+)$/.exec(line)?.[1];
    if (port !== undefined) found.push([pid, Number(port)]);
  }
  return found;
}
