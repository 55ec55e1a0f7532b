import { hasReader } from "../adapters/system/poll.ts";
import type { Failure } from "../domain/failure.ts";
import { BrokenPipe } from "./output.ts";
import { INTERRUPTED } from "../domain/exit-status.ts";

/** Shows rows; returns false if the output is closed. An empty list only checks that. */
type Emit<Row> = (rows: readonly Row[]) => boolean;

/** Follows a stream until interrupted, or until its reader closes it; returns the exit status. */
export async function follow<Row>(
  show: (rows: readonly Row[]) => void,
  run: (emit: Emit<Row>, signal: AbortSignal) => Promise<Failure | null>,
): Promise<number | Failure> {
  const ending = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => ending.abort());
  const emit = (rows: readonly Row[]): boolean => {
    try {
      show(rows);
      return hasReader(1);
    } catch (error) {
      if (error instanceof BrokenPipe) return false;
      throw error;
    }
  };
  const failure = await run(emit, ending.signal);
  return failure ?? (ending.signal.aborted ? INTERRUPTED : 0);
}
