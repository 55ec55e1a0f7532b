import { existsSync, readFileSync, readlinkSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { validSessionName, validTaskName } from "../../domain/values/names.ts";
import type { HolderMark, PortHolder } from "../../domain/tasks/port-owner.ts";
import { readText } from "../system/files.ts";
import { type ProcessEntry, readProcess } from "../processes/table.ts";
import { isExempt, type LaunchMark, parseMark } from "../processes/task-members.ts";
import { nameOf, readPsDirectory, readPsEnvironment, readPsRow, runText } from "../processes/ps.ts";
import { RunState } from "../state/run-state.ts";
import { SessionOwner } from "../state/session-owner.ts";
import { system } from "../system/platform.ts";
import { commandLine, shortLine } from "../processes/description.ts";

/**
 * Collects the facts that show who owns a process; `project`: this project's directory, if any. Null if the process is
 * gone.
 */
export function holderOf(pid: number, project: string | null): PortHolder | null {
  const entry = readProcess(pid);
  const details = entry && detailsOf(pid);
  if (!entry || !details) return null;
  return {
    pid,
    startTime: entry.startTime,
    uid: details.uid,
    user: userName(details.uid),
    cwd: details.cwd,
    isInProject:
      project !== null &&
      details.sharesFiles &&
      details.cwd !== null &&
      liesIn(project, details.cwd),
    command: details.command,
    session: entry.session,
    terminal: details.terminal,
    parent: parentOf(entry.parent),
    parentPid: entry.parent,
    mark: markOf(entry, details.environment),
    service: details.service,
    // Ending an ancestor would end this process too.
    isOurAncestor: ancestorsOf(process.pid).includes(pid),
  };
}

function parentOf(pid: number): PortHolder["parent"] {
  const entry = pid > 0 ? readProcess(pid) : null;
  const details = entry && detailsOf(pid);
  if (!entry || !details) return null;
  return { pid, name: details.name, command: details.command, session: entry.session };
}

/** A user's name; the id if it has none. */
export const userName = (uid: number): string =>
  runText(["id", "-un", "--", String(uid)]).trim() || String(uid);

/**
 * Whether a working directory is in a project. Another project inside (a nested worktree, a submodule, a directory with a
 * taskmux.toml) doesn't count, nor does a removed directory, whose name may be in use again. Directories that contain the
 * home directory don't count as one project.
 */
export function liesIn(project: string, cwd: string, home = homedir()): boolean {
  const root = real(project);
  if (isBelow(root, real(home)) || !isBelow(root, cwd) || cwd.endsWith(" (deleted)")) return false;
  for (let directory = cwd; directory !== root; directory = dirname(directory)) {
    const isOther = [".git", "taskmux.toml"].some((name) => existsSync(join(directory, name)));
    if (isOther) return false;
  }
  return true;
}

const isBelow = (root: string, path: string): boolean =>
  path === root || path.startsWith(root.endsWith("/") ? root : `${root}/`);

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** A process, its parent, and so on, without the first process of the system. */
function ancestorsOf(pid: number): number[] {
  const found: number[] = [];
  for (let current = pid; current > 1 && found.length < 64;) {
    found.push(current);
    current = readProcess(current)?.parent ?? 0;
  }
  return found;
}

/**
 * Finds the launch of a process. A program may change its environment or start without one; then the launcher among its
 * ancestors is used.
 */
function markOf(entry: ProcessEntry, environment: string): HolderMark | null {
  if (isExempt(environment)) return null;
  const mark = parseMark(environment);
  if (mark === null) return markOfLauncher(entry);
  // An environment can contain anything: only valid names of sessions in this home are used in a path.
  const name = /(?:^|[\0 ])TASKMUX_SESSION=([A-Za-z0-9_-]+)/.exec(environment)?.[1] ?? null;
  const session = name !== null && validSessionName(name) ? name : null;
  return { ...mark, session, ...factsOf(mark, session) };
}

function markOfLauncher(entry: ProcessEntry): HolderMark | null {
  for (const pid of [entry.session, ...ancestorsOf(entry.pid)]) {
    const found = parseLauncher(commandLine(pid));
    if (found === null) continue;
    const { scope, session } = new RunState(basename(found.directory), found.directory);
    return { scope, session, task: found.task, ...factsOf({ scope, task: found.task }, session) };
  }
  return null;
}

/** The run directory and the task in a launcher's arguments; null for another program. */
export function parseLauncher(line: string): { directory: string; task: string } | null {
  const found =
    /(?:^|[\0 ])(\/[^\0]*)\/launcher\.sh[\0 ]\1\/tasks\/([A-Za-z0-9_.-]+)(?:[\0 ]|$)/.exec(line);
  const [, directory, task] = found ?? [];
  if (directory === undefined || task === undefined) return null;
  return validSessionName(basename(directory)) && validTaskName(task) ? { directory, task } : null;
}

/** If the facts can't be read, the task counts as wanted: the process may belong to someone else. */
function factsOf({ scope, task }: LaunchMark, session: string | null) {
  const unknown = { isWanted: true, config: null, repository: null };
  if (session === null || !validTaskName(task)) return unknown;
  const state = new RunState(session);
  if (state.scope !== scope) return unknown;
  const { configPath: config, checkout } = new SessionOwner(state.directory);
  const repository = checkout?.repository ?? null;
  return { isWanted: state.task(task).memory().want === "up", config, repository };
}

/** Facts that the process table doesn't have. */
interface Details {
  uid: number;
  name: string;
  command: string;
  cwd: string | null;
  /** Its paths name the same files as here: not so in a container. */
  sharesFiles: boolean;
  terminal: string | null;
  environment: string;
  service: string | null;
}

function detailsOf(pid: number): Details | null {
  return system === "linux" ? fromProc(pid) : fromPs(pid);
}

function fromProc(pid: number): Details | null {
  const read = (file: string) => readText(`/proc/${pid}/${file}`) ?? "";
  const status = parseStatus(read("status"));
  if (status === null) return null;
  const command = shortLine(read("cmdline").replaceAll("\0", " ")) || status.name;
  const own = serviceOf(readText("/proc/self/cgroup") ?? "");
  const service = serviceOf(read("cgroup"));
  return {
    ...status,
    command,
    cwd: linkAt(`/proc/${pid}/cwd`),
    sharesFiles: linkAt(`/proc/${pid}/ns/mnt`) === linkAt("/proc/self/ns/mnt"),
    terminal: terminalOf(read("stat")),
    environment: environmentOf(pid),
    service: service === own ? null : service,
  };
}

function linkAt(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
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
    : { name: shortLine(name), uid: Number(uid) };
}

/**
 * proc(5): field 7 is the device number of the controlling terminal; majors 136 to 143 are pts (minor in bits 0-7 and
 * 20-31).
 */
export function terminalOf(stat: string): string | null {
  const device = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[4]);
  if (!(device > 0)) return null;
  const major = (device >> 8) & 0xfff;
  const minor = (device & 0xff) | ((device >>> 12) & 0xfff00);
  if (major >= 136 && major <= 143) return `pts/${(major - 136) * 256 + minor}`;
  return major === 4 ? `tty${minor}` : null;
}

/**
 * The systemd service of a process, from its control group. Programs of a terminal run in a `.scope`. The user's service
 * manager itself (`user@1000.service`) doesn't count.
 */
export function serviceOf(cgroup: string): string | null {
  const path = /^(?:0:|\d+:name=systemd):(.*)$/gm;
  for (const [, group = ""] of cgroup.matchAll(path)) {
    const unit = group.split("/").findLast((part) => /\.(?:service|scope)$/.test(part));
    if (unit?.endsWith(".service") && !unit.startsWith("user@")) return unit;
  }
  return null;
}

/** macOS: `ps`, `lsof`, and launchd's list of services. */
function fromPs(pid: number): Details | null {
  const row = readPsRow(pid);
  if (row === null) return null;
  return {
    uid: row.uid,
    terminal: row.terminal,
    command: shortLine(row.text),
    name: shortLine(nameOf(row)),
    cwd: readPsDirectory(pid),
    sharesFiles: true,
    environment: readPsEnvironment(row),
    service: parseLaunchctl(runText(["launchctl", "list"])).get(pid) ?? null,
  };
}

/** `launchctl list`: PID, last status and label, separated by tabs; `-` for a service that isn't running. */
export function parseLaunchctl(list: string): Map<number, string> {
  const rows = list.split("\n").map((line) => line.split("\t"));
  return new Map(
    rows.flatMap(([pid, , label]) => (Number(pid) > 0 && label ? [[Number(pid), label]] : [])),
  );
}
