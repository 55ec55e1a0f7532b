import { readProcessTable, type ProcessEntry, type ProcessTable } from "./process-table.ts";
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

/** How it ended, and the end of what it printed. `status` is null where a signal ended it or its time was up. */
export interface CommandOutcome {
  status: number | null;
  signal: string | null;
  timedOut: boolean;
  output: string;
}

/** Of what a command prints, the last of it is kept: characters. */
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
  let child;
  const mark = crypto.randomUUID();
  try {
    child = Bun.spawn([command.shell, "-c", command.command], {
      cwd: command.cwd,
      env: { ...command.environment, [MARK]: mark },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      // A session of its own: C-c at our terminal isn't meant for it, and its whole group can be ended.
      detached: true,
    });
  } catch (error) {
    return { status: 127, signal: null, timedOut: false, output: String(error) };
  }
  running.set(child.pid, mark);
  const output = [keepEnd(child.stdout), keepEnd(child.stderr)];
  const timedOut = await isLate(child.exited, command.limit);
  if (timedOut) endTree(child.pid, mark);
  await child.exited;
  running.delete(child.pid);
  // A background process that it left may hold the pipe open: what it prints later isn't waited for.
  const printed = await Promise.race([Promise.all(output.map((end) => end.all)), Bun.sleep(20)]);
  const text = (printed ?? output.map((end) => end.now())).join("").trim();
  const status = timedOut ? null : child.exitCode;
  const signal = child.signalCode === null ? null : String(child.signalCode);
  return { status, signal, timedOut, output: text.slice(-KEPT_OUTPUT) };
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

function keepEnd(stream: ReadableStream<Uint8Array>) {
  let kept = "";
  const decoder = new TextDecoder();
  const read = async () => {
    for await (const chunk of stream) {
      kept = (kept + decoder.decode(chunk, { stream: true })).slice(-KEPT_OUTPUT);
    }
    return kept;
  };
  return { all: read().catch(() => kept), now: () => kept };
}

/** Kills a command with its session, all its descendants, and all that bears its mark. */
function endTree(pid: number, mark: string): void {
  const table = readProcessTable();
  const isOfCommand = (entry: ProcessEntry): boolean =>
    entry.session === pid || descends(table, entry, pid) || hasVariable(entry.pid, MARK, mark);
  const tree = [...table.values()].filter(isOfCommand);
  for (const entry of tree) signalExactly(entry, "SIGKILL");
}

function descends(table: ProcessTable, entry: ProcessEntry, ancestor: number): boolean {
  let current: ProcessEntry | undefined = entry;
  for (let depth = 0; current && depth < 64; depth++) {
    if (current.pid === ancestor) return true;
    current = table.get(current.parent);
  }
  return false;
}
