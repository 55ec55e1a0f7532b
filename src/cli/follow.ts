import { hasReader } from "../adapters/libc.ts";
import { Failure } from "../domain/failure.ts";
import { parseTime } from "../domain/time.ts";
import { INTERRUPTED } from "./action.ts";
import { ReaderGone } from "./output.ts";

/** Shows rows; false: nobody reads any more. An empty list only asks that. */
type Emit<Row> = (rows: readonly Row[]) => boolean;

/** Follows a stream until it is interrupted or its reader goes away; returns the exit status. */
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
      if (error instanceof ReaderGone) return false;
      throw error;
    }
  };
  const failure = await run(emit, ending.signal);
  return failure ?? (ending.signal.aborted ? INTERRUPTED : 0);
}

/** Waits, but not on once the signal is aborted. */
export async function sleepUntilAborted(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const wake = () => resolve();
  const timer = setTimeout(wake, ms);
  signal.addEventListener("abort", wake, { once: true });
  await promise;
  clearTimeout(timer);
  signal.removeEventListener("abort", wake);
}

/** A flag's time, epoch ms; null if it isn't given, E500 if it is none. */
export function timeOf(flag: string, text: unknown, now: number): number | null | Failure {
  if (typeof text !== "string") return null;
  const wanted = "a duration such as 5m, or a time such as 2024-01-01T14:00";
  return parseTime(text, now) ?? new Failure("E500", `${flag} takes ${wanted}, not '${text}'`);
}
