import type { ProcessUsage } from "../../domain/tasks/usage.ts";
import { PS_ENVIRONMENT } from "./ps.ts";
import type { ProcessIdentity } from "./table.ts";

/** Each column has its own `-o`, as macOS's ps takes everything after an `=` as a header. */
const COLUMNS = ["pid", "rss", "time", "lstart"].flatMap((column) => ["-o", `${column}=`]);

/** What each of these processes uses now, by pid, from one `ps`. Those that have ended are missing. */
export async function readPsUsage(
  processes: readonly ProcessIdentity[],
): Promise<Map<number, ProcessUsage>> {
  const found = new Map<number, ProcessUsage>();
  if (processes.length === 0) return found;
  const startTimes = new Map(processes.map(({ pid, startTime }) => [pid, startTime]));
  for (const line of (await psOutput([...startTimes.keys()])).split("\n")) {
    const row = parseUsageLine(line);
    if (row === null || startTimes.get(row.pid) !== row.startTime) continue;
    found.set(row.pid, { cpu: row.cpu, memory: row.memory, threads: null });
  }
  return found;
}

async function psOutput(pids: number[]): Promise<string> {
  try {
    const argv = ["ps", "-ww", ...COLUMNS, "-p", pids.join(",")];
    const env = { ...process.env, ...PS_ENVIRONMENT };
    const ps = Bun.spawn(argv, { stdin: "ignore", stdout: "pipe", stderr: "ignore", env });
    return await new Response(ps.stdout).text();
  } catch {
    return "";
  }
}

const ROW = /^\s*(\d+)\s+(\d+)\s+([\d:.-]+)\s+(\S+)\s+(\S+)\s+(\d+)\s+([\d:]+)\s+(\d+)\s*$/;

/** Parses a line of this `ps`; null for an unexpected one. `rss` is in units of 1024 bytes. */
export function parseUsageLine(
  line: string,
): (Omit<ProcessUsage, "threads"> & ProcessIdentity) | null {
  const [, pid, rss, time = "", ...started] = ROW.exec(line) ?? [];
  const cpu = parseCpuTime(time);
  if (cpu === null) return null;
  return { pid: Number(pid), startTime: started.join("_"), cpu, memory: Number(rss) * 1024 };
}

/** CPU time in ms: macOS prints `MINUTES:SECONDS.HUNDREDTHS`, others `[[DAYS-]HOURS:]MINUTES:SECONDS`. */
function parseCpuTime(text: string): number | null {
  const found = /^(?:(?:(\d+)-)?(\d+):)?(\d+):(\d+(?:\.\d+)?)$/.exec(text);
  if (found === null) return null;
  const [days, hours, minutes, seconds] = found.slice(1).map((part) => Number(part ?? 0));
  return Math.round((((days! * 24 + hours!) * 60 + minutes!) * 60 + seconds!) * 1000);
}
