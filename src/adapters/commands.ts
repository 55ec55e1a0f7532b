import { closeSync, fstatSync, ftruncateSync, openSync, readSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { makePrivateDirectory, stateHome } from "./paths.ts";
import {
  lineage,
  type ProcessEntry,
  type ProcessTable,
  readProcessTable,
} from "./process-table.ts";
import { hasVariable, signalExactly } from "./processes.ts";

/** A user's shell command: a health check or a hook. */
export interface ShellCommand {
  shell: string;
  command: string;
  cwd: string;
  environment: Record<string, string>;
  /** Seconds after which it is ended, with every process it started. */
  limit: number;
}

/** How it ended, and the end of what it printed if it failed. `status` is null where a signal ended it or its time was up. */
export interface CommandOutcome {
  status: number | null;
  signal: string | null;
  timedOut: boolean;
  output: string;
}

/** Of what a command prints, the last of it is kept: bytes. */
const KEPT_OUTPUT = 2000;

/** Commands that run now; each leads a session of its own, which nobody else ends. */
const running = new Map<number, string>();

/** Tells the processes of one command, wherever they moved to. */
const MARK = "TASKMUX_COMMAND";

/** Ends the commands that still run, with all that they started: whoever asked for them goes. */
export function endRunningCommands(): void {
  for (const [pid, mark] of running) endTree(pid, mark);
}

/** Runs a command to its end or its limit. A missing `cwd` or shell gives status 127, as a shell would. */
export async function runCommand(command: ShellCommand): Promise<CommandOutcome> {
  const output = spareOutputs.pop() ?? openOutput();
  let isReusable = false;
  try {
    const mark = crypto.randomUUID();
    const child = Bun.spawn([command.shell, "-c", command.command], {
      cwd: command.cwd,
      env: { ...command.environment, [MARK]: mark },
      stdio: ["ignore", output, output],
      // A session of its own: C-c at our terminal isn't meant for it, and its whole group can be ended.
      detached: true,
    });
    running.set(child.pid, mark);
    const timedOut = await isLate(child.exited, command.limit);
    if (timedOut) endTree(child.pid, mark);
    await child.exited;
    running.delete(child.pid);
    const signal = child.signalCode === null ? null : String(child.signalCode);
    const status = timedOut ? null : child.exitCode;
    isReusable = !timedOut;
    return { status, signal, timedOut, output: status === 0 ? "" : endOf(output) };
  } catch (error) {
    return { status: 127, signal: null, timedOut: false, output: String(error) };
  } finally {
    if (isReusable) putAside(output);
    else closeSync(output);
  }
}

/** Outputs of commands that have ended, to be written to by the next ones. */
const spareOutputs: number[] = [];

function putAside(output: number): void {
  ftruncateSync(output, 0);
  spareOutputs.push(output);
}

/**
 * A file without a name for what a command prints: a hundred checks a second are cheaper so than with pipes, and a
 * background process that one leaves has somewhere to write to.
 */
function openOutput(): number {
  makePrivateDirectory(stateHome());
  const path = join(stateHome(), `output.${crypto.randomUUID()}`);
  // Appending: whoever writes to it after it was emptied begins at its start.
  const fd = openSync(path, "ax+", 0o600);
  unlinkSync(path);
  return fd;
}

/** The last of what was printed. */
function endOf(fd: number): string {
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

/** Kills a command with its session, all its descendants, and all that bears its mark. */
function endTree(pid: number, mark: string): void {
  const table = readProcessTable();
  const isOfCommand = (entry: ProcessEntry): boolean =>
    entry.session === pid || descends(table, entry, pid) || hasVariable(entry.pid, MARK, mark);
  const tree = [...table.values()].filter(isOfCommand);
  for (const entry of tree) signalExactly(entry, "SIGKILL");
}

const descends = (table: ProcessTable, entry: ProcessEntry, ancestor: number): boolean =>
  lineage(table, entry).some(({ pid }) => pid === ancestor);
