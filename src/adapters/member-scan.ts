import {
  glanceAtProcesses,
  type ProcessEntry,
  type ProcessTable,
  readProcessTable,
} from "./process-table.ts";
import { membersOf, type TaskMarks } from "./processes.ts";

interface Request {
  marks: TaskMarks;
  known: ReadonlySet<string>;
  resolve(members: ProcessEntry[]): void;
}

/** Looks for tasks' processes; questions that come together are answered by one look at the process table. */
export class MemberScan {
  #requests: Request[] = [];

  /**
   * Every living process of the task that `marks` tells, and those of `known` (`PID STARTTIME`) that live: one whose
   * parents have ended belongs to init, and may have cleared the mark from its environment.
   */
  members(marks: TaskMarks, known: ReadonlySet<string> = new Set()): Promise<ProcessEntry[]> {
    const { promise, resolve } = Promise.withResolvers<ProcessEntry[]>();
    if (this.#requests.push({ marks, known, resolve }) === 1) setImmediate(() => this.#answer());
    return promise;
  }

  /** Whether anything of a task may live; a look that a process of long life repeats is cheap. False is as sure as a fresh look. */
  mayHaveMembers(marks: TaskMarks): boolean {
    return membersOf(glanceAtProcesses(), [marks]).get(marks.task)!.length > 0;
  }

  /** Makes the next such look cheap. */
  lookAhead(): void {
    glanceAtProcesses();
  }

  #answer(): void {
    const requests = this.#requests;
    this.#requests = [];
    const table = readProcessTable();
    const members = membersOf(
      table,
      requests.map(({ marks }) => marks),
    );
    for (const { marks, known, resolve } of requests) {
      const found = members.get(marks.task) ?? [];
      resolve([...new Set([...found, ...stillThere(table, known)])]);
    }
  }
}

function stillThere(table: ProcessTable, known: ReadonlySet<string>): ProcessEntry[] {
  if (known.size === 0) return [];
  return [...table.values()].filter(({ pid, startTime }) => known.has(`${pid} ${startTime}`));
}
