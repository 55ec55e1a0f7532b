import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LogWriterSettings } from "../../src/adapters/log-writer-files.ts";
import { root } from "./binary.ts";

/** A task's directory and log as a log writer finds them, in a `~/.taskmux` of its own. */
export interface LogTask extends Disposable {
  /** `~/.taskmux`. */
  readonly home: string;
  readonly directory: string;
  readonly log: string;
  settings(changes: Partial<LogWriterSettings>): void;
  /** A small file that a writer leaves, or null. */
  left(name: string): string | null;
  /** The log's lines, `.1` for a rotated file; none where it isn't there. */
  lines(suffix?: string): string[];
  /** The same without stamps; a line without one makes it throw. */
  texts(suffix?: string): string[];
}

export const key = "k1";
export const mark = (text: string): string => `\x1b]7776;${key};${text}\x1b\\`;

/** The writer as it is run from the sources. The binary is `[builtBinary(), "__log-writer"]`. */
export const writerFromSource = [process.execPath, join(root, "src/main.ts"), "__log-writer"];

export function createLogTask(changes: Partial<LogWriterSettings> = {}): LogTask {
  const home = join(mkdtempSync(join(tmpdir(), "tmx-log-")), ".taskmux");
  const directory = join(home, "run/demo/tasks/web");
  const log = join(home, "logs/demo/web.log");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const base: LogWriterSettings = {
    task: "web",
    key,
    log_file: log,
    log_max_size: 10_000_000,
    log_max_files: 3,
    run: "r1",
    command: "npm run dev",
    ready_log: null,
  };
  const settings = (more: Partial<LogWriterSettings>): void =>
    writeFileSync(join(directory, "writer.json"), JSON.stringify({ ...base, ...changes, ...more }));
  settings({});
  const lines = (suffix = ""): string[] => (textOf(log + suffix) ?? "").split("\n").slice(0, -1);
  return {
    home,
    directory,
    log,
    settings,
    left: (name) => textOf(join(directory, name)),
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
