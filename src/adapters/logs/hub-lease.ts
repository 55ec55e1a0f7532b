import { closeSync, constants, ftruncateSync, writeSync } from "node:fs";
import { join } from "node:path";
import { readProcess } from "../processes/table.ts";
import { openOwn } from "../system/files.ts";
import { trySharedFlock } from "../system/libc.ts";
import { isFileAt, lockBefore } from "../system/locked-file.ts";
import { HUB_RECORD, hubRecordText, parseHubRecord } from "./hub-files.ts";

/** How long to wait for the lock, ms: commands hold it for a moment to see whether it is free. */
const LEASE_TIMEOUT = 200;

/** The same while only readers hold it, ms: a busy machine may let them wait. */
const READER_TIMEOUT = 60_000;

/** The role of a session's log hub: the lock of its record, which this process holds until it ends. */
export class HubLease {
  readonly #descriptor: number;
  readonly #path: string;

  private constructor(path: string, descriptor: number) {
    this.#path = path;
    this.#descriptor = descriptor;
  }

  /** Null if another hub has it. `directory` is the session's run directory. */
  static take(directory: string): HubLease | null {
    const path = join(directory, HUB_RECORD);
    const descriptor = openOwn(path, constants.O_RDWR | constants.O_CREAT);
    const begin = performance.now();
    do {
      if (lockBefore(performance.now() + LEASE_TIMEOUT, descriptor))
        return new HubLease(path, descriptor);
      // A reader shares the lock. A hub doesn't.
    } while (trySharedFlock(descriptor) && performance.now() - begin < READER_TIMEOUT);
    closeSync(descriptor);
    return null;
  }

  /** Records this process; `script`: pid and start time of the script that keeps it running. */
  record(script: string): void {
    const startTime = readProcess(process.pid)?.startTime ?? "";
    const hub = { pid: process.pid, startTime };
    this.#write(hubRecordText({ hub, script: parseHubRecord(`script ${script}`).script }));
  }

  /** Whether the record is still in place; not if the run directory was removed. */
  get isInPlace(): boolean {
    return isFileAt(this.#path, this.#descriptor);
  }

  /** Gives the role up: a command that looks next starts another hub. */
  release(): void {
    this.#write("");
    closeSync(this.#descriptor);
  }

  /** Never leaves the record empty in between. A full disk must not stop the logs. */
  #write(text: string): void {
    try {
      if (text !== "") writeSync(this.#descriptor, text, 0);
      ftruncateSync(this.#descriptor, Buffer.byteLength(text));
    } catch {}
  }
}
