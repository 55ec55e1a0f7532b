/** A line of a task's log. `text` is without the stamp; `offset` grows along the task's log, across rotated files. */
export interface LogEntry {
  task: string;
  stamp: string;
  text: string;
  offset: number;
}

export type LogOrder = "oldest first" | "newest first";

/**
 * Merges logs into one stream in time order, holding one line of each in memory. Within a millisecond the earlier log in
 * the list comes first; "newest first" is the exact reverse. Each log must be in the given order.
 */
export function* mergeLogs(
  logs: readonly Iterator<LogEntry, void>[],
  order: LogOrder,
): Generator<LogEntry, void> {
  const heads = logs.map((log) => log.next().value ?? null);
  const comesFirst = order === "oldest first" ? isOlder : isNotOlder;
  for (;;) {
    let first = -1;
    for (let index = 0; index < heads.length; index++) {
      const head = heads[index]!;
      if (head !== null && (first < 0 || comesFirst(head, heads[first]!))) first = index;
    }
    if (first < 0) return;
    yield heads[first]!;
    heads[first] = logs[first]!.next().value ?? null;
  }
}

const isOlder = (a: LogEntry, b: LogEntry): boolean => a.stamp < b.stamp;
const isNotOlder = (a: LogEntry, b: LogEntry): boolean => a.stamp >= b.stamp;

/** At most `count` items; null: all. */
export function* take<T>(items: Iterable<T>, count: number | null): Generator<T, void> {
  let left = count ?? Number.POSITIVE_INFINITY;
  if (left <= 0) return;
  for (const item of items) {
    yield item;
    if (--left <= 0) return;
  }
}
