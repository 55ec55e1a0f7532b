import { closeSync, constants } from "node:fs";
import { join } from "node:path";
import { howItEnded, missingLine, repeatedLine } from "../../domain/logs/line.ts";
import { Pace } from "../../domain/logs/pace.ts";
import { validTaskName } from "../../domain/values/names.ts";
import { ensureFifo } from "../launch/launcher-fifo.ts";
import { HUB_DONE, HUB_NOT_NEEDED } from "../launch/log-hub.ts";
import { tryToLock } from "../state/lock.ts";
import { makeFifo, releaseCode } from "../system/libc.ts";
import { PollSet } from "../system/poll.ts";
import { system } from "../system/platform.ts";
import { newBatch } from "./backlog.ts";
import { isPipeExpected, tasksIn } from "./expected-pipes.ts";
import { HUB_MESSAGES, HUB_SPARE } from "./hub-files.ts";
import { HubLease } from "./hub-lease.ts";
import { keepingLogLocks } from "./lock.ts";
import { PromptTimes } from "./prompt.ts";
import { LogRetries } from "./retries.ts";
import { LogSource, openFifo, readSome, type SourceParts } from "./source.ts";
import { UnwrittenCounts } from "./unwritten.ts";

/** Bytes of one read. A flood in one task delays the others by this much at a time. */
const READ_SIZE = 65536;
/** Pause between attempts to end, ms, while a command holds the session's lock. */
const END_EVERY = 100;
/** After this time without work, ms, the hub gives memory back. */
const REST_AFTER = 2000;
/** How long kept lines are retried after the last window was closed, ms. */
const LONGEST_END = 2000;

/**
 * The log hub of a session: one process that reads the output of all windows and writes their logs. `directory` is the
 * session's run directory. Returns the exit status when no window is left, or at once if another hub runs. `script`: pid and
 * start time of the script that keeps it running. `before`: the exit status of the hub that this one replaces, as a shell
 * reports it; null for the first.
 */
export function runLogHub(directory: string, script: string, before: number | null): number {
  const lease = HubLease.take(directory);
  if (lease === null) return HUB_NOT_NEEDED;
  const hub = new LogHub(directory, lease, before);
  hub.open();
  lease.record(script);
  hub.run();
  return HUB_DONE;
}

class LogHub {
  readonly #directory: string;
  readonly #lease: HubLease;
  readonly #messages: number;
  readonly #sources = new Map<string, LogSource>();
  /** Sources that may have ended before they were opened: poll(2) doesn't report that. */
  readonly #fresh = new Set<LogSource>();
  readonly #retries = new LogRetries();
  readonly #prompts = new PromptTimes();
  readonly #parts: SourceParts;
  #poll: { set: PollSet; sources: LogSource[] } | null = null;
  #partOfMessage = "";
  #isAtRest = false;
  readonly #pace = new Pace(performance.now());
  /** Since when no window is left, monotonic ms. */
  #idleSince: number | null = null;
  /** How the hub before has ended. */
  readonly #before: string;

  constructor(directory: string, lease: HubLease, before: number | null) {
    this.#directory = directory;
    this.#lease = lease;
    this.#before = before === null ? "was ended" : howItEnded(before, process.platform);
    this.#parts = {
      chunk: Buffer.allocUnsafeSlow(READ_SIZE),
      batch: newBatch(),
      spare: openSpare(join(directory, HUB_SPARE)),
      unwritten: new UnwrittenCounts(directory),
    };
    ensureFifo(join(directory, HUB_MESSAGES));
    const messages = openFifo(join(directory, HUB_MESSAGES), constants.O_RDWR);
    if (messages === null) throw new Error("no FIFO for messages");
    this.#messages = messages;
  }

  /** Opens the FIFOs that are there. A pipe that is opened later is announced by a message. */
  open(): void {
    for (const task of tasksIn(this.#directory)) this.#open(task);
  }

  /** Writes the logs until no window is left. */
  run(): void {
    while (!this.#hasEnded()) this.#turn();
  }

  #turn(): void {
    const { set, sources } = (this.#poll ??= this.#newPoll());
    const ready = set.wait(this.#timeout());
    if (ready.length === 0 && this.#fresh.size === 0) this.#rest();
    else this.#work(ready, sources);
    this.#retries.tryIfDue(() => this.#releaseLogs());
    this.#prompts.recordDue();
  }

  #work(ready: number[], sources: LogSource[]): void {
    this.#isAtRest = false;
    let largest = 0;
    keepingLogLocks(() => {
      const fresh = [...this.#fresh];
      if (ready[0] === 0) this.#readMessages();
      const found = ready.flatMap((index) => sources[index - 1] ?? []);
      for (const source of new Set([...found, ...fresh]))
        largest = Math.max(largest, this.#read(source));
    });
    this.#parts.unwritten.rest();
    const pause = this.#pace.after(performance.now(), largest);
    if (pause > 0) Bun.sleepSync(pause);
  }

  #newPoll() {
    const sources = [...this.#sources.values()];
    return {
      set: new PollSet([this.#messages, ...sources.map(({ descriptor }) => descriptor)]),
      sources,
    };
  }

  #timeout(): number {
    if (this.#fresh.size > 0) return 0;
    const next = Math.min(this.#retries.at, this.#prompts.at);
    const left = Math.max(0, Math.ceil(next - performance.now()));
    const wait = Math.min(left, this.#isAtRest ? Infinity : REST_AFTER);
    if (this.#sources.size === 0) return Math.min(wait, END_EVERY);
    return wait === Infinity ? -1 : wait;
  }

  /** Once after some work: gives memory back, and waits without limit from now on. */
  #rest(): void {
    if (this.#isAtRest) return;
    this.#isAtRest = true;
    releaseCode();
  }

  #open(task: string): void {
    const known = this.#sources.get(task);
    if (known !== undefined) return known.renew();
    const source = this.#sourceOf(task);
    if (source === null) return;
    this.#sources.set(task, source);
    this.#fresh.add(source);
    this.#poll = null;
    this.#markBreak(source);
  }

  /** A log needs a descriptor only while it is written, a FIFO needs one always. */
  #sourceOf(task: string): LogSource | null {
    const directory = join(this.#directory, "tasks", task);
    try {
      return LogSource.open(task, directory, this.#parts);
    } catch {
      this.#releaseLogs();
      return LogSource.open(task, directory, this.#parts);
    }
  }

  #releaseLogs(): void {
    for (const { writer } of this.#sources.values()) writer.release();
  }

  /** Says what the hub before may have lost or written twice. */
  #markBreak({ task, writer }: LogSource): void {
    const { lost, repeated } = this.#parts.unwritten.takeBreak(task);
    const why = `the log hub ${this.#before}; up to`;
    if (lost > 0) writer.markBreak(missingLine(`${why} ${lost} bytes are lost`));
    if (repeated > 0) writer.markBreak(repeatedLine(`${why} ${repeated} bytes`));
    if (lost > 0) this.#parts.unwritten.set(task, writer.unwritten);
  }

  /** Returns the number of bytes read. */
  #read(source: LogSource): number {
    const got = source.read();
    if (got === null || got === 0) this.#fresh.delete(source);
    if (got === 0) this.#end(source);
    this.#retries.watch(source);
    this.#prompts.watch(source.writer);
    return got ?? 0;
  }

  #end(source: LogSource): void {
    source.end();
    this.#sources.delete(source.task);
    this.#poll = null;
  }

  #readMessages(): void {
    const { chunk } = this.#parts;
    const got = readSome(this.#messages, chunk, chunk.length) ?? 0;
    const names = (this.#partOfMessage + chunk.toString("latin1", 0, got)).split("\n");
    this.#partOfMessage = names.pop() ?? "";
    for (const name of new Set(names)) if (validTaskName(name)) this.#open(name);
  }

  /** Whether no window is left and none is being opened. A command that opens one holds the session's lock. */
  #hasEnded(): boolean {
    if (this.#sources.size > 0) {
      this.#idleSince = null;
      return false;
    }
    this.#idleSince ??= performance.now();
    const isLate = performance.now() - this.#idleSince > LONGEST_END;
    if (!this.#retries.isEmpty && !isLate) return false;
    // Another hub may work in a new run directory.
    if (!this.#lease.isInPlace) return true;
    const lock = tryToLock(this.#directory);
    if (lock === null) return false;
    const isMessage = new PollSet([this.#messages]).wait(0).length > 0;
    const isLast = !isMessage && !isPipeExpected(this.#directory);
    if (isLast) this.#lease.release();
    closeSync(lock);
    return isLast;
  }
}

/** Null where FIFOs can't be copied. */
function openSpare(path: string): number | null {
  if (system !== "linux") return null;
  makeFifo(path);
  return openFifo(path, constants.O_RDWR);
}
