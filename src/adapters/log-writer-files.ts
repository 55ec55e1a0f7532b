import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";

/** What the writer is told of its task: `writer.json` in the task's directory, replaced before each launch. */
export interface LogWriterSettings {
  task: string;
  /** The secret in the launcher's marks. */
  key: string;
  /** Absolute. */
  log_file: string;
  /** Bytes. */
  log_max_size: number;
  log_max_files: number;
  /** The launch that is told next, or is under way; null before the first. */
  run: string | null;
  command: string;
  ready_log: string | null;
}

/** The small files in a task's directory by which a log writer and the rest of taskmux tell each other things. */
export class LogWriterFiles {
  /** `directory` is `~/.taskmux/run/SESSION/tasks/TASK`. */
  constructor(private readonly directory: string) {}

  settings(): LogWriterSettings | null {
    const text = this.read("writer.json");
    if (text === null) return null;
    try {
      return JSON.parse(text) as LogWriterSettings;
    } catch {
      return null;
    }
  }

  read(name: string): string | null {
    try {
      return readFileSync(`${this.directory}/${name}`, "utf8");
    } catch {
      return null;
    }
  }

  /** Replaces a file at once; false if that failed, as it does when the disk is full or the directory is gone. */
  leave(name: string, text: string): boolean {
    const path = `${this.directory}/${name}`;
    try {
      writeFileSync(`${path}.new`, text, { mode: 0o600 });
      renameSync(`${path}.new`, path);
      return true;
    } catch {
      return false;
    }
  }

  remove(name: string): void {
    try {
      rmSync(`${this.directory}/${name}`, { force: true });
    } catch {
      // The directory is gone, and the file with it.
    }
  }

  /** When the launch that is under way began, as epoch ms: the launcher has put on record nothing since. */
  startOf(run: string): number | null {
    const record = /^start ([a-z0-9.]+)[^\n]*\n$/.exec(this.read("record") ?? "");
    if (record?.[1] !== run) return null;
    return statSync(`${this.directory}/record`, { throwIfNoEntry: false })?.mtimeMs ?? null;
  }

  /** Whether a file lies in `~/.taskmux/logs`, where only we make any. */
  isOurs(path: string): boolean {
    const home = this.directory.split("/").slice(0, -4).join("/");
    return path.startsWith(`${home}/logs/`);
  }
}
