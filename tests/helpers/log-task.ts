import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LogWriterSettings } from "../../src/adapters/logs/writer-files.ts";
import { forgetLogPipe, logPipeScript, pipeByKeeper } from "../../src/adapters/launch/log-pipe.ts";
import { makeFifo } from "../../src/adapters/system/libc.ts";
import { root } from "./binary.ts";

/** A task's directory and log as a log hub finds them, in a `~/.taskmux` of its own. */
export interface LogTask extends Disposable {
  /** `~/.taskmux`. */
  readonly home: string;
  /** The run directory of its session. */
  readonly session: string;
  readonly directory: string;
  readonly log: string;
  settings(changes: Partial<LogWriterSettings>): void;
  /** A small file that a writer leaves, or null. */
  left(name: string): string | null;
  /** A file in the session's run directory, or null. */
  record(name: string): string | null;
  /** The log's lines, `.1` for a rotated file; none where it isn't there. */
  lines(suffix?: string): string[];
  /** The same without stamps; a line without one makes it throw. */
  texts(suffix?: string): string[];
}

export const KEY = "k1";
export const mark = (text: string): string => `\x1b]7776;${KEY};${text}\x1b\\`;

/** The log hub as it is run from the sources. The binary is `[builtBinary(), "__log-hub"]`. */
export const hubFromSource = [process.execPath, join(root, "src/main.ts"), "__log-hub"];

/** The script at the end of a pane's pipe, which the test holds, and the log hub that gets its output. */
export class Writer {
  readonly #pipe;
  readonly #hub;

  constructor(task: LogTask, command: readonly string[] = hubFromSource) {
    this.#pipe = startPipe(task);
    this.#hub = startHub(task, command);
  }

  get pid(): number {
    return this.#hub.pid;
  }

  async say(text: string | Uint8Array): Promise<void> {
    void this.#pipe.stdin.write(text);
    await this.#pipe.stdin.flush();
  }

  /** Ends the pipe, as a pane does that is closed; returns the exit status of the hub. */
  async end(): Promise<number> {
    await this.#pipe.stdin.end();
    return this.#hub.exited;
  }

  /** Kills the hub, then the pipe. */
  async kill(): Promise<void> {
    for (const child of [this.#hub, this.#pipe]) {
      child.kill("SIGKILL");
      await child.exited;
    }
  }
}

/** A pane's pipe that the test holds, as tmux does. `keeper`: the program that copies; null: `shell` and what it finds on `path`. */
export function startPipe(
  task: LogTask,
  keeper: string | null = null,
  shell = "/bin/sh",
  path = process.env["PATH"]!,
) {
  const script = join(task.session, "log-pipe.sh");
  writeFileSync(script, logPipeScript());
  forgetLogPipe(task.directory);
  const words = [...shell.split(" "), script, task.directory];
  const argv = keeper === null ? words : pipeByKeeper(keeper, task.directory);
  const env = { ...process.env, PATH: path };
  return Bun.spawn(argv, { stdin: "pipe", stderr: "ignore", env });
}

/** A log hub of the task's session, without the script that keeps one running. */
export const startHub = (task: LogTask, command: readonly string[] = hubFromSource) =>
  Bun.spawn([...command, task.session, "1 0"], {
    stdin: "ignore",
    stdout: "inherit",
    stderr: "inherit",
  });

export function createLogTask(changes: Partial<LogWriterSettings> = {}): LogTask {
  const home = join(mkdtempSync(join(tmpdir(), "tmx-log-")), ".taskmux");
  const directory = join(home, "run/demo/tasks/web");
  const log = join(home, "logs/demo/web.log");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const base: LogWriterSettings = {
    task: "web",
    key: KEY,
    log_file: log,
    log_max_size: 10_000_000,
    log_max_files: 3,
    run: "r1",
    command: "npm run dev",
    ready_log: null,
  };
  for (const fifo of [join(directory, "output"), join(home, "run/demo/log-hub-messages")])
    makeFifo(fifo);
  const settings = (more: Partial<LogWriterSettings>): void =>
    writeFileSync(join(directory, "writer.json"), JSON.stringify({ ...base, ...changes, ...more }));
  settings({});
  const lines = (suffix = ""): string[] => (textOf(log + suffix) ?? "").split("\n").slice(0, -1);
  return {
    home,
    session: join(home, "run/demo"),
    directory,
    log,
    settings,
    left: (name) => textOf(join(directory, name)),
    record: (name) => textOf(join(home, "run/demo", name)),
    lines,
    texts: (suffix) => lines(suffix).map(textOfLine),
    [Symbol.dispose]: () => rmSync(join(home, ".."), { recursive: true, force: true }),
  };
}

/** What a log line says. */
export function textOfLine(line: string): string {
  const match = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3} (.*)$/s.exec(line);
  if (match === null) throw new Error(`Not a log line: ${JSON.stringify(line)}`);
  return match[1]!;
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
