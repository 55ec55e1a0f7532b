import { closeSync, fstatSync, readSync } from "node:fs";
import { isShortage, reasonOf } from "../../domain/system-error.ts";
import { giveBack, takeOutput } from "./command-output.ts";
import { withFileLimit } from "../system/file-limit.ts";
import { lineage, type ProcessEntry, type ProcessTable, readProcessTable } from "./table.ts";
import { hasVariable } from "./marks.ts";
import { signalExactly } from "./signals.ts";

/** A shell command of the user: a health check or a hook. */
export interface ShellCommand {
  shell: string;
  command: string;
  cwd: string;
  environment: Record<string, string>;
  /** Soft limit of open files; null: that of this process. */
  fileLimit?: number | null;
  /** Background processes that the command leaves may continue; otherwise they end with it. */
  mayLeave?: boolean;
  /** Time limit in seconds, after which it is ended with all processes that it started. */
  limit: number;
}

/** How the command ended, and the end of its output if it failed. `status` is null after a signal or a timeout. */
export interface CommandOutcome {
  status: number | null;
  signal: string | null;
  timedOut: boolean;
  output: string;
}

/** Maximum number of bytes kept of a command's output, the last ones. */
const KEPT_OUTPUT = 2000;

/** The running commands; each leads a session of its own. */
const running = new Map<number, string>();

/** Marks all processes of a command, in whatever session or group they are. */
const MARK = "TASKMUX_COMMAND";

/** Ends all running commands with their processes, when this process ends. */
export function endRunningCommands(): void {
  for (const [pid, mark] of running) endTree(pid, mark);
}

/**
 * Runs a command until it ends or reaches its limit. A missing `cwd` or shell gives status 127, like in a shell. Throws if
 * the system lacks descriptors, processes or memory: then the command has not run, and its result is unknown.
 */
export async function runCommand(command: ShellCommand): Promise<CommandOutcome> {
  const output = takeOutput();
  let isReusable = false;
  try {
    const mark = crypto.randomUUID();
    const child = withFileLimit(command.fileLimit, () =>
      Bun.spawn([command.shell, "-c", command.command], {
        cwd: command.cwd,
        env: { ...command.environment, [MARK]: mark },
        stdio: ["ignore", output.fd, output.fd],
        // A new session: C-c in this terminal doesn't reach it, and its whole group can be ended.
        detached: true,
      }),
    );
    running.set(child.pid, mark);
    const timedOut = await isLate(child.exited, command.limit);
    if (timedOut) endTree(child.pid, mark);
    await child.exited;
    running.delete(child.pid);
    if (!command.mayLeave && isGroupThere(child.pid)) endTree(child.pid, mark, true);
    const signal = child.signalCode === null ? null : String(child.signalCode);
    const status = timedOut ? null : child.exitCode;
    isReusable = !timedOut && !isGroupThere(child.pid);
    return { status, signal, timedOut, output: status === 0 ? "" : outputEnd(output.fd) };
  } catch (error) {
    if (isShortage(error)) throw error;
    const why = `it can't run in ${command.cwd}: ${reasonOf(error)}`;
    return { status: 127, signal: null, timedOut: false, output: why };
  } finally {
    if (isReusable) giveBack(output);
    else closeSync(output.fd);
  }
}

/** The end of the output. */
function outputEnd(fd: number): string {
  const { size } = fstatSync(fd);
  const end = Buffer.alloc(Math.min(size, KEPT_OUTPUT));
  readSync(fd, end, 0, end.length, size - end.length);
  return end.toString().trim();
}

async function isLate(exited: Promise<number>, seconds: number): Promise<boolean> {
  let timer: Timer | undefined;
  const late = new Promise<true>((resolve) => {
    timer = setTimeout(() => resolve(true), seconds * 1000);
  });
  const result = await Promise.race([exited.then(() => false), late]);
  clearTimeout(timer);
  return result;
}

/** Whether the process group of a command still has a process. */
function isGroupThere(group: number): boolean {
  try {
    return process.kill(-group, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Readings of the process table, at most: each must find new processes. */
const MOST_READINGS = 100;

/** How long to wait for killed processes to be gone, ms: a busy machine lets them wait. */
const LONGEST_END = 2000;

/**
 * Kills a command's session, all its descendants, and all processes with its mark. After it `hasEnded`, its pid may belong
 * to an unrelated process, whose descendants are left alone. They may start others between a reading of the table and a
 * signal: so they are stopped first, until no more are found, for without its parent nothing shows whose a process is that
 * is becoming another program. And a fork that was in progress is complete only when the process is gone that made it.
 */
function endTree(pid: number, mark: string, hasEnded = false): void {
  // The latest first: the end of their parent would continue them.
  for (const entry of stoppedTree(pid, mark, hasEnded).toReversed())
    signalExactly(entry, "SIGKILL");
  const deadline = performance.now() + LONGEST_END;
  for (let gone = 0; gone < 2 && performance.now() < deadline;) {
    const left = membersOf(pid, mark, hasEnded);
    for (const entry of left) signalExactly(entry, "SIGKILL");
    gone = left.length === 0 ? gone + 1 : 0;
    if (gone === 0) Bun.sleepSync(1);
  }
}

function stoppedTree(pid: number, mark: string, hasEnded: boolean): ProcessEntry[] {
  const tree = new Map<number, ProcessEntry>();
  for (let readings = 0; readings < MOST_READINGS; readings++) {
    const found = membersOf(pid, mark, hasEnded).filter((entry) => !tree.has(entry.pid));
    if (found.length === 0) break;
    for (const entry of found) {
      tree.set(entry.pid, entry);
      signalExactly(entry, "SIGSTOP");
    }
  }
  return [...tree.values()];
}

function membersOf(pid: number, mark: string, hasEnded: boolean): ProcessEntry[] {
  const table = readProcessTable();
  const isAnothers = hasEnded && table.has(pid);
  const isKin = (entry: ProcessEntry): boolean =>
    !isAnothers && (entry.session === pid || descends(table, entry, pid));
  return [...table.values()].filter((entry) => isKin(entry) || hasVariable(entry, MARK, mark));
}

const descends = (table: ProcessTable, entry: ProcessEntry, ancestor: number): boolean =>
  lineage(table, entry).some(({ pid }) => pid === ancestor);
