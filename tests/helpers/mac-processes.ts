import { lineage } from "../../src/adapters/processes/table.ts";
import { type PsRow, type PsTable, readPsTable, runText } from "../../src/adapters/processes/ps.ts";

/**
 * As `processesWith` on macOS, which hides the environments of its own programs (`sh`, `sleep`): a process counts, too, if
 * an ancestor or the leader of its session does, if it lives below a launcher of the task that `entry` names, or if the path
 * of its working directory begins with `path`.
 */
export function macProcessesWith(entry: string, path?: string): number[] {
  const rows = readPsTable();
  const directories = path === undefined ? new Map<number, string>() : readDirectories();
  const isIn = ({ pid }: PsRow) => path !== undefined && directories.get(pid)?.startsWith(path);
  const isMarked = (row: PsRow) => row.text.split(" ").includes(entry) || isIn(row) === true;
  const marked = pidsOf(rows, isMarked);
  const launchers = pidsOf(rows, isLauncherFor(entry));
  const isKin = ({ pid, session }: PsRow) =>
    [pid, session].some((one) => marked.has(one)) ||
    (launchers.has(session) && !launchers.has(pid));
  return [...rows.values()]
    .filter((row) => !launchers.has(row.pid) || marked.has(row.pid))
    .filter((row) => lineage(rows, row).some((one) => isKin(one as PsRow)))
    .map(({ pid }) => pid);
}

const pidsOf = (rows: PsTable, isWanted: (row: PsRow) => boolean): Set<number> =>
  new Set([...rows.values()].filter(isWanted).map(({ pid }) => pid));

/** Arguments are shown where the environment isn't. */
function isLauncherFor(entry: string): (row: PsRow) => boolean {
  const task = /^TASKMUX_TASK=(.*)$/.exec(entry)?.[1];
  return ({ text }) =>
    task !== undefined && text.includes("/launcher.sh ") && `${text} `.includes(`/tasks/${task} `);
}

/** The working directories of this user's processes, by pid. */
function readDirectories(): Map<number, string> {
  const directories = new Map<number, string>();
  let pid = 0;
  for (const line of runText([
    "lsof",
    "-a",
    "-u",
    String(process.geteuid?.()),
    "-d",
    "cwd",
    "-Fpn",
  ]).split("\n")) {
    if (line.startsWith("p")) pid = Number(line.slice(1));
    if (line.startsWith("n")) directories.set(pid, line.slice(1));
  }
  return directories;
}
