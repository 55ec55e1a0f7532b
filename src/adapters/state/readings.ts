import { join } from "node:path";
import { modifiedAt, readJson, readRare, readRecord } from "../system/files.ts";

/**
 * The small files of a directory, each read at most once in a turn of the event loop: everything that one observation says
 * comes from one reading. After an `await` they are read again, so an object that is kept never answers with old content.
 */
export class Readings {
  readonly #read = new Map<string, unknown>();

  /** While `isHidden`, the files belong to another config. */
  constructor(
    readonly directory: string,
    readonly isHidden: () => boolean,
  ) {}

  path(name: string): string {
    return join(this.directory, name);
  }

  /**
   * The text of a file, also of a hidden one; null if it doesn't exist. For texts that name their run: a caller that knows
   * the run may read of it. Throws if it can't be read.
   */
  text(name: string): string | null {
    return this.#once(name, () => readRecord(this.path(name)));
  }

  /** The text of a file that rarely exists; null without it, and of a hidden one. */
  rare(name: string): string | null {
    return this.isHidden() ? null : this.#once(name, () => readRare(this.path(name)));
  }

  /**
   * The value of a JSON file; null if it is missing or incomplete, and of a hidden one. Not to be changed: others read the
   * same object.
   */
  json(name: string): unknown {
    return this.isHidden() ? null : this.#once(name, () => readJson(this.path(name)));
  }

  /** When a file was last written, epoch ms by the file system's clock; null if it doesn't exist. */
  modifiedAt(name: string): number | null {
    return modifiedAt(this.path(name));
  }

  /** Reads a file again, for example after it was written. */
  forget(name: string): void {
    this.#read.delete(name);
  }

  #once<T>(name: string, read: () => T): T {
    if (this.#read.has(name)) return this.#read.get(name) as T;
    const value = read();
    if (this.#read.size === 0) queueMicrotask(() => this.#read.clear());
    this.#read.set(name, value);
    return value;
  }
}
