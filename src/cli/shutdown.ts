import { INTERRUPTED } from "../domain/exit-status.ts";

/** How a long-running command ends: by a signal, or by itself. */
export interface Ending {
  signal: AbortSignal;
  end(): void;
  /** The exit status: 130 after SIGINT, 0 after SIGTERM. */
  status(): number;
}

/** From now on SIGINT and SIGTERM end the command gracefully. */
export function endingBySignal(): Ending {
  const ending = new AbortController();
  let status = 0;
  process.on("SIGINT", () => ((status = INTERRUPTED), ending.abort()));
  process.on("SIGTERM", () => ending.abort());
  return { signal: ending.signal, end: () => ending.abort(), status: () => status };
}
