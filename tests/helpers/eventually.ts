export interface Patience {
  /** Milliseconds until it gives up. */
  timeout?: number;
  /** Milliseconds between two looks. */
  interval?: number;
}

/** Long, for a busy machine may take ten times as long as a quiet one; it only costs time where something is wrong. */
const PATIENCE = 120_000;

/** Anything but void: a `look` that returns nothing would never hold. */
type Something = string | number | bigint | boolean | symbol | object;

/**
 * Waits for a condition, never for a while: looks again until `look` returns something that counts as true, and
 * returns that. An empty text and 0 count as "not yet": a file is empty before its first line is written. So does an
 * exception (so `expect` may stand in it; let it return true at its end). Giving up throws what was seen last.
 */
export function eventually<T extends Something | null | undefined>(
  look: () => T | Promise<T>,
  patience: Patience = {},
): Promise<Found<T>> {
  return eventuallyIs<T>(look, Boolean, patience) as Promise<Found<T>>;
}

type Found<T> = Exclude<T, false | null | undefined | "" | 0>;

/** Waits as `eventually` does until `read` returns what `holds` accepts, and returns it. */
export async function eventuallyIs<T>(
  read: () => T | Promise<T>,
  holds: (value: T) => boolean,
  { timeout = PATIENCE, interval = 15 }: Patience = {},
): Promise<T> {
  const deadline = performance.now() + timeout;
  let last: unknown;
  do {
    try {
      const value = await read();
      if (holds(value)) return value;
      last = value;
    } catch (error) {
      last = error;
    }
    await Bun.sleep(interval);
  } while (performance.now() < deadline);
  throw new Error(`Not so within ${timeout} ms; seen last: ${shown(last)}`, { cause: last });
}

function shown(value: unknown): string {
  if (value instanceof Error) return value.message;
  return typeof value === "string" ? JSON.stringify(value) : Bun.inspect(value);
}
