import { basename } from "node:path";
import { sessionOf } from "../system/libc.ts";
import type { ProcessEntry } from "./entry.ts";

/** A row of `ps` on macOS. */
export interface PsRow extends ProcessEntry {
  /** Effective user id. */
  uid: number;
  /** `ttys003`; null without a controlling terminal. */
  terminal: string | null;
  /** It is stopped by a signal. */
  isStopped: boolean;
  /**
   * The arguments, separated by spaces; with `-E` the environment follows, unless macOS hides it (as for its own programs).
   */
  text: string;
}

/** All running processes, by pid. */
export type PsTable = Map<number, PsRow>;

/**
 * Each column has its own `-o`: macOS's ps takes everything after an `=` as a header. It prints no session ids (`sess` is
 * 0), so getsid is used. The command is last, since it may contain anything.
 */
const COLUMNS = ["pid", "ppid", "pgid", "tpgid", "uid", "tty", "state", "lstart", "command"];
const ARGUMENTS = ["-ax", "-ww", ...COLUMNS.flatMap((column) => ["-o", `${column}=`])];

/** Start times are always read in the same zone and language, so that they can be compared. */
export const PS_ENVIRONMENT = { LC_ALL: "C", TZ: "UTC0" };

const ROW =
  /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(-?\d+)\s+(-?\d+)\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s+(\d+)\s+([\d:]+)\s+(\d+)\s*(.*)$/s;

/** Parses a line of `ps`; null for a zombie, and for an unexpected line. The session is left out. */
export function parsePsLine(line: string): PsRow | null {
  const found = ROW.exec(line);
  if (found === null) return null;
  const [, pid, parent, group, foreground, uid, tty = "", state = "", ...rest] = found;
  if (state.startsWith("Z")) return null;
  return {
    pid: Number(pid),
    parent: Number(parent),
    group: Number(group),
    session: 0,
    foreground: Number(foreground) || -1,
    startTime: rest.slice(0, 5).join("_"),
    image: rest[5] ?? "",
    uid: Number(uid),
    terminal: tty.startsWith("?") ? null : tty,
    isStopped: state.startsWith("T"),
    text: rest[5] ?? "",
  };
}

interface Snapshot {
  rows: PsTable;
  /** When it was read, by `performance.now()`. */
  at: number;
}

/** How old a reading may be, ms: a pid isn't reused within this time. */
const MOST_AGE = 50;

/** The same for environments, ms, which change only at exec. */
const MOST_AGE_OF_ENVIRONMENTS = 1000;

const isRecent = (snapshot: Snapshot | null, age = MOST_AGE): snapshot is Snapshot =>
  snapshot !== null && performance.now() - snapshot.at < age;

let plain: Snapshot | null = null;
let withEnvironments: Snapshot | null = null;

/** All processes with their environments, by one `ps`. */
export function readPsTable(): PsTable {
  return (withEnvironments = read(["-E"])).rows;
}

function readPlain(): PsTable {
  return (plain = read([])).rows;
}

function read(flags: string[]): Snapshot {
  const output = runText(["ps", ...flags, ...ARGUMENTS]);
  const rows: PsTable = new Map();
  for (const line of output.split("\n")) {
    const row = parsePsLine(line);
    if (row) rows.set(row.pid, { ...row, session: sessionOf(row.pid) });
  }
  return { rows, at: performance.now() };
}

/** A process, or null if it is gone or a zombie. Concurrent requests share one `ps`. */
export function readPsEntry(pid: number): ProcessEntry | null {
  if (!mayExist(pid)) return null;
  const recent = [withEnvironments, plain]
    .filter((one) => isRecent(one))
    .find(({ rows }) => rows.has(pid));
  return (recent?.rows ?? readPlain()).get(pid) ?? null;
}

/** A process with its arguments, without its environment; null if it is gone. */
export function readPsRow(pid: number): PsRow | null {
  if (!mayExist(pid)) return null;
  const isKnown = isRecent(plain) && plain.rows.has(pid);
  return (isKnown ? plain!.rows : readPlain()).get(pid) ?? null;
}

/**
 * The arguments and the environment of a process in a table; empty if it is gone. Only the arguments if macOS hides the
 * environment.
 */
export function readPsEnvironment({ pid, startTime }: Pick<PsRow, "pid" | "startTime">): string {
  const isKnown = isRecent(withEnvironments, MOST_AGE_OF_ENVIRONMENTS);
  const textIn = (rows: PsTable): string | null => {
    const row = rows.get(pid);
    return row?.startTime === startTime ? row.text : null;
  };
  return (isKnown ? textIn(withEnvironments!.rows) : null) ?? textIn(readPsTable()) ?? "";
}

/** The name of a process's program. */
export const nameOf = ({ text }: PsRow): string => basename(text.split(" ", 1)[0] ?? "");

/** A process's working directory; null if it is gone, or another user's. */
export const readPsDirectory = (pid: number): string | null =>
  parseLsofNames(runText(["lsof", "-a", "-p", String(pid), "-d", "cwd", "-Fn"]))[0] ?? null;

/** The names in `lsof -F` output, each in a line like `n/tmp`. */
export const parseLsofNames = (output: string): string[] =>
  output.split("\n").flatMap((line) => (line.startsWith("n") ? [unescaped(line.slice(1))] : []));

/** lsof writes a backslash as two, and in the C locale each byte that isn't ASCII as `\xc3`. */
const unescaped = (name: string): string =>
  name.replace(/\\\\|(?:\\x[0-9a-f]{2})+/g, (escaped) =>
    escaped === "\\\\" ? "\\" : Buffer.from(escaped.replaceAll("\\x", ""), "hex").toString(),
  );

/** Sends signal 0: a process that is certainly gone needs no `ps`. */
function mayExist(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** Runs a program and returns its output; empty if it can't be run. */
export function runText(argv: string[]): string {
  try {
    const env = { ...process.env, ...PS_ENVIRONMENT };
    return Bun.spawnSync(argv, { stdin: "ignore", stderr: "ignore", env }).stdout.toString();
  } catch {
    return "";
  }
}
