import { renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { readText } from "../system/files.ts";
import { startedRun } from "../state/run-record.ts";
/** The writer's settings: `writer.json` in the task's directory, replaced before each launch. */
export interface LogWriterSettings {
  task: string;
  /** The secret key of the launcher's marks. */
  key: string;
  /** Absolute. */
  log_file: string;
  /** Bytes. */
  log_max_size: number;
  log_max_files: number;
  /** The current or next launch; null before the first. */
  run: string | null;
  command: string;
  ready_log: string | null;
  /** Whether the writer records the files that it has written; missing in files of 0.1.0. */
  keeps_record?: true;
}

/** The small files in a task's directory that connect the writer of its log with the rest of taskmux. */
export class LogWriterFiles {
  readonly #directory: string;

  /** `directory` is `~/.taskmux/run/SESSION/tasks/TASK`. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  settings(): LogWriterSettings | null {
    return this.#json("writer.json") as LogWriterSettings | null;
  }

  #json(name: string): unknown {
    const text = this.read(name);
    if (text === null) return null;
    try {
      return JSON.parse(text);
    } catch {
      return null;
    }
  }

  read(name: string): string | null {
    return readText(`${this.#directory}/${name}`);
  }

  /** Replaces a file atomically; false if that failed, for example on a full disk or without the directory. */
  leave(name: string, text: string): boolean {
    const path = `${this.#directory}/${name}`;
    try {
      writeFileSync(`${path}.new`, text, { mode: 0o600 });
      renameSync(`${path}.new`, path);
      return true;
    } catch {
      return false;
    }
  }

  /** Records a file as written for this task; false if that failed. */
  recordWritten(path: string): boolean {
    const written = (this.#json("written.json") as string[] | null) ?? [];
    if (written.includes(path)) return true;
    return this.leave("written.json", `${JSON.stringify([...written, path])}\n`);
  }

  remove(name: string): void {
    try {
      rmSync(`${this.#directory}/${name}`, { force: true });
    } catch {
      // The directory was removed, and the file with it.
    }
  }

  /** When the current launch began, epoch ms: when the launcher last recorded something. */
  startOf(run: string): number | null {
    if (startedRun(this.read("record") ?? "") !== run) return null;
    return statSync(`${this.#directory}/record`, { throwIfNoEntry: false })?.mtimeMs ?? null;
  }

  /** Whether a command or a monitor ended this launch. */
  wasStopped(run: string): boolean {
    return (this.#json("state.json") as { stoppedRun?: unknown } | null)?.stoppedRun === run;
  }

  /** Whether a file is in `~/.taskmux/logs`, where only taskmux creates files. */
  isOurs(path: string): boolean {
    const home = this.#directory.split("/").slice(0, -4).join("/");
    return path.startsWith(`${home}/logs/`);
  }
}
