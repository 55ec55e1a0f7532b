import { parseJson, replaceFile } from "../system/files.ts";
import type { Readings } from "./readings.ts";

/** What a monitor does about a task's watched files; valid while the monitor `pid` runs. */
export interface WatchRecord {
  pid: number;
  state: "on" | "paused" | "failed";
  /** Why it is paused or has failed, as a sentence. */
  reason: string | null;
  /** When a pause ends, epoch ms. */
  until: number | null;
}

const WATCH = "watch.json";

/** What a monitor has recorded of the watch of a task's files. */
export class TaskWatch {
  readonly #files: Readings;

  constructor(files: Readings) {
    this.#files = files;
  }

  read(): WatchRecord | null {
    const text = this.#files.rare(WATCH);
    return text === null ? null : (parseJson(text) as WatchRecord | null);
  }

  write(record: WatchRecord): void {
    if (this.#files.isHidden()) return;
    replaceFile(this.#files.path(WATCH), `${JSON.stringify(record)}\n`);
    this.#files.forget(WATCH);
  }
}
