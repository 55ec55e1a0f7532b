import { fileAt, replaceFile } from "../system/files.ts";
import type { Readings } from "./readings.ts";
import type { HealthRecord } from "./records.ts";

/** How old a health record may get before an equal one is written again, ms. */
const HEALTH_AGE = 5000;

const LAST = "health.json";
const PASSED = "healthy";

/** The recorded results of a task's health check. */
export class TaskHealth {
  readonly #files: Readings;
  /** What this process wrote last, and the file that it wrote. */
  #written: { health: HealthRecord; file: string | null } | null = null;

  constructor(files: Readings) {
    this.#files = files;
  }

  /** The newest result, of any run; null if there is none. */
  last(): HealthRecord | null {
    return this.#files.json(LAST) as HealthRecord | null;
  }

  /** Whether the check has passed in this run. */
  hasPassed(run: string): boolean {
    return this.#passed()[0] === run;
  }

  /** When the check first passed in this run, epoch ms; null if it hasn't, or if 0.1.0 recorded it. */
  passedAt(run: string): number | null {
    const [recorded, at] = this.#passed();
    return recorded === run && at ? Date.parse(at) : null;
  }

  /** Whether a result of this run that is equal to the newest one was written a moment ago, by this process. */
  isWritten(health: HealthRecord): boolean {
    const last = this.#written;
    if (last === null || !isSame(last.health, health)) return false;
    return last.file === fileAt(this.#files.path(LAST));
  }

  write(health: HealthRecord): void {
    if (health.ok && !this.hasPassed(health.run)) {
      replaceFile(this.#files.path(PASSED), `${health.run}\n${health.at}\n`);
      this.#files.forget(PASSED);
    }
    const path = this.#files.path(LAST);
    replaceFile(path, `${JSON.stringify(health)}\n`);
    this.#files.forget(LAST);
    this.#written = { health, file: fileAt(path) };
  }

  /** The run, and the time in ISO 8601. */
  #passed(): string[] {
    return (this.#files.text(PASSED) ?? "").split("\n");
  }
}

const isSame = (last: HealthRecord, now: HealthRecord): boolean =>
  last.run === now.run &&
  last.ok === now.ok &&
  last.reason === now.reason &&
  Math.abs(Date.parse(now.at) - Date.parse(last.at)) < HEALTH_AGE;
