import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { type LogPipe, readLogPipe } from "../launch/log-pipe.ts";
import { OUTPUT_FIFO } from "./hub-files.ts";

/** A pipe that hasn't started this long after its FIFO was prepared, ms, never will. */
const LONGEST_OPENING = 10_000;

/** The tasks that have records in a session's run directory. */
export function tasksIn(directory: string): string[] {
  try {
    return readdirSync(join(directory, "tasks"));
  } catch {
    return [];
  }
}

/** Whether a window of the session writes, or will write, to its FIFO; `directory` is the session's run directory. */
export const isPipeExpected = (directory: string): boolean =>
  tasksIn(directory).some((task) => {
    const path = join(directory, "tasks", task);
    const fifo = statSync(join(path, OUTPUT_FIFO), { throwIfNoEntry: false });
    return fifo !== undefined && mayWrite(readLogPipe(path).kind, Date.now() - fifo.mtimeMs);
  });

/** Whether a pipe in this state may write to its FIFO; `age`: since that was prepared or written to, ms. */
export const mayWrite = (pipe: LogPipe["kind"], age: number): boolean =>
  pipe === "open" || (pipe === "unknown" && Math.abs(age) < LONGEST_OPENING);
