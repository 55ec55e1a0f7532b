import { readFileSync } from "node:fs";
import { validSessionName, validTaskName } from "../domain/config-names.ts";
import type { HolderMark, PortHolder } from "../domain/port-owner.ts";
import { readText } from "./files.ts";
import { readProcess } from "./process-table.ts";
import { parseMark } from "./processes.ts";
import { RunState } from "./run-state.ts";

/** All that tells whose a process is; null where it is gone. */
export function holderOf(pid: number): PortHolder | null {
  const entry = readProcess(pid);
  const details = entry && detailsOf(pid);
  if (!entry || !details) return null;
  return {
    pid,
    startTime: entry.startTime,
    uid: details.uid,
    command: details.command,
    session: entry.session,
    terminal: details.terminal,
    parent: parentOf(entry.parent),
    parentPid: entry.parent,
    mark: markOf(details.environment),
    service: details.service,
    isOurAncestor: isAncestor(pid),
  };
}

function parentOf(pid: number): PortHolder["parent"] {
  const entry = pid > 0 ? readProcess(pid) : null;
  const details = entry && detailsOf(pid);
  if (!entry || !details) return null;
  return { pid, name: details.name, command: details.command, session: entry.session };
}

/** This process, too, is ended by whoever ends it. */
function isAncestor(pid: number): boolean {
  let current = process.pid;
  for (let depth = 0; current > 1 && depth < 64; depth++) {
    if (current === pid) return true;
    current = readProcess(current)?.parent ?? 0;
  }
  return false;
}

/** Names in an environment are anyone's words: only valid ones make a path, and only of a session of this home. */
function markOf(environment: string): HolderMark | null {
  const mark = parseMark(environment);
  if (mark === null) return null;
  const name = /(?:^|[\0 ])TASKMUX_SESSION=([A-Za-z0-9_-]+)/.exec(environment)?.[1] ?? null;
  const session = name !== null && validSessionName(name) ? name : null;
  return { ...mark, session, isWanted: isWanted(mark, session) };
}

/** What can't be looked up is taken for wanted: it is another's. */
function isWanted(
  { scope, task }: { scope: string; task: string },
  session: string | null,
): boolean {
  if (session === null || !validTaskName(task)) return true;
  const state = new RunState(session);
  return state.scope !== scope || state.memory(task).want === "up";
}

/** What the process table doesn't tell. */
interface Details {
  uid: number;
  name: string;
  command: string;
  terminal: string | null;
  environment: string;
  service: string | null;
}

function detailsOf(pid: number): Details | null {
  return process.platform === "linux" ? fromProc(pid) : fromPs(pid);
}

function fromProc(pid: number): Details | null {
  const read = (file: string) => readText(`/proc/${pid}/${file}`) ?? "";
  const status = parseStatus(read("status"));
  if (status === null) return null;
  const command = readable(read("cmdline").replaceAll("\0", " ")) || status.name;
  const own = serviceOf(readText("/proc/self/cgroup") ?? "");
  const service = serviceOf(read("cgroup"));
  return {
    ...status,
    command,
    terminal: terminalOf(read("stat")),
    environment: environmentOf(pid),
    service: service === own ? null : service,
  };
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1");
  } catch {
    return "";
  }
}

/** proc(5): `Name:` is the command's name, the second number of `Uid:` the effective user id. */
export function parseStatus(status: string): { name: string; uid: number } | null {
  const name = /^Name:\t(.*)$/m.exec(status)?.[1];
  const uid = /^Uid:\t\d+\t(\d+)/m.exec(status)?.[1];
  return name === undefined || uid === undefined
    ? null
    : { name: readable(name), uid: Number(uid) };
}

/** proc(5): field 7 is the controlling terminal's device number; 136 to 143 are pts (minor in bits 0-7 and 20-31). */
export function terminalOf(stat: string): string | null {
  const device = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[4]);
  if (!(device > 0)) return null;
  const major = (device >> 8) & 0xfff;
  const minor = (device & 0xff) | ((device >>> 12) & 0xfff00);
  if (major >= 136 && major <= 143) return `pts/${(major - 136) * 256 + minor}`;
  return major === 4 ? `tty${minor}` : null;
}

/**
 * The systemd service that a process runs in, by its control group; a terminal's programs run in a `.scope`. The user's
 * own service manager (`user@1000.service`) is none.
 */
export function serviceOf(cgroup: string): string | null {
  const path = /^(?:0:|\d+:name=systemd):(.*)$/gm;
  for (const [, group = ""] of cgroup.matchAll(path)) {
    const unit = group.split("/").findLast((part) => /\.(?:service|scope)$/.test(part));
    if (unit?.endsWith(".service") && !unit.startsWith("user@")) return unit;
  }
  return null;
}

/** macOS: `ps`, and launchd's list of what it runs. */
function fromPs(pid: number): Details | null {
  const columns = ["-o", "uid=,tty=,command=", "-p", String(pid)];
  const found = parsePs(runText(["ps", "-ww", ...columns]));
  if (found === null) return null;
  const name =
    runText(["ps", "-o", "comm=", "-p", String(pid)])
      .trim()
      .split("/")
      .at(-1) ?? "";
  const environment = runText(["ps", "-Eww", "-o", "command=", "-p", String(pid)]);
  const service = parseLaunchctl(runText(["launchctl", "list"])).get(pid) ?? null;
  return { ...found, name: readable(name), environment, service };
}

/** `  501 ttys003  node server.js`; `??` is no terminal. */
export function parsePs(
  line: string,
): { uid: number; terminal: string | null; command: string } | null {
  const [, uid, terminal, command = ""] = /^\s*(\d+)\s+(\S+)\s+(.*)/.exec(line) ?? [];
  if (uid === undefined || terminal === undefined) return null;
  const isNone = terminal.startsWith("?");
  return { uid: Number(uid), terminal: isNone ? null : terminal, command: readable(command) };
}

/** `launchctl list`: PID, last status, label, parted by tabs; `-` where it doesn't run. */
export function parseLaunchctl(list: string): Map<number, string> {
  const rows = list.split("\n").map((line) => line.split("\t"));
  return new Map(
    rows.flatMap(([pid, , label]) => (Number(pid) > 0 && label ? [[Number(pid), label]] : [])),
  );
}

function runText(argv: string[]): string {
  try {
    return Bun.spawnSync(argv, {
      stdin: "ignore",
      stderr: "ignore",
      env: { ...process.env, LC_ALL: "C" },
    }).stdout.toString();
  } catch {
    return "";
  }
}

/** Of a command line, so much is worth showing. */
const MOST_SHOWN = 200;

/** Anyone's words as one short line that a terminal obeys nothing in. */
function readable(text: string): string {
  const line = text.replace(/[\x00-\x1f\x7f-\x9f]+/g, " ").trim();
  return line.length > MOST_SHOWN ? `${line.slice(0, MOST_SHOWN)}…`.toWellFormed() : line;
}
