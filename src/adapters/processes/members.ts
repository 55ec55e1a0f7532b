import { system } from "../system/platform.ts";
import {
  isPid,
  type ProcessEntry,
  type ProcessTable,
  readProcessTableCached,
  renew,
} from "./table.ts";
import { membersOf, type TaskMarks } from "./task-members.ts";

interface Request {
  marks: TaskMarks;
  known: ReadonlySet<string>;
  resolve(members: ProcessEntry[]): void;
}

/** Finds the processes of tasks; concurrent requests share one reading of the process table. */
export class MemberScan {
  #requests: Request[] = [];

  /**
   * All running processes of the task described by `marks`, and those of `known` (`PID STARTTIME`) that are still running:
   * one whose parents have ended is a child of init, and may have removed the mark from its environment.
   */
  members(marks: TaskMarks, known: ReadonlySet<string> = new Set()): Promise<ProcessEntry[]> {
    const { promise, resolve } = Promise.withResolvers<ProcessEntry[]>();
    // In the next turn of the event loop but one: what a start begins in the next one has its requests in the same reading.
    if (this.#requests.push({ marks, known, resolve }) === 1)
      setImmediate(() => setImmediate(() => this.#answer()));
    return promise;
  }

  /** Whether the task may still have processes. Uses the cached table; `false` is reliable. */
  mayHaveMembers(marks: TaskMarks): boolean {
    return membersOf(readProcessTableCached(), [marks]).get(marks.task)!.length > 0;
  }

  /** Fills the caches for the next search, for example while tmux answers. Only Linux has such caches. */
  warmCache(): void {
    if (system === "linux") membersOf(readProcessTableCached(), []);
  }

  /**
   * Whether none of these pids is in use, in a microsecond each. `true` says nothing about processes started since, and
   * `false` may be due to a later process, or a zombie: only {@link members} is exact.
   */
  areGone(entries: readonly ProcessEntry[]): boolean {
    return entries.every(({ pid }) => !isPid(pid));
  }

  #answer(): void {
    const requests = this.#requests;
    this.#requests = [];
    const table = readProcessTableCached();
    const tasks = requests.map(({ marks }) => marks);
    let members = membersOf(table, tasks);
    const knownEntries = requests.flatMap(({ known }) => stillThere(table, known));
    // One that was first seen between its fork and its exec had the marks of its parent, and may have others since.
    if (renew(table, [...members.values(), knownEntries].flat())) members = membersOf(table, tasks);
    for (const { marks, known, resolve } of requests) {
      const found = [...(members.get(marks.task) ?? []), ...stillThere(table, known)];
      const pids = new Set(found.map(({ pid }) => pid));
      resolve([...pids].flatMap((pid) => table.get(pid) ?? []));
    }
  }
}

function stillThere(table: ProcessTable, known: ReadonlySet<string>): ProcessEntry[] {
  return [...known].flatMap((key) => {
    const [pid, startTime] = key.split(" ");
    const entry = table.get(Number(pid));
    return entry !== undefined && entry.startTime === startTime ? entry : [];
  });
}
