/** How many looks in a row must find a task above its `max_memory`. */
export const MOST_ABOVE = 3;

/** The looks at a launch that found it above its `max_memory`, in a row. */
export interface MemoryLooks {
  /** The launch; a new one begins with none. */
  run: string;
  above: number;
}

/** The looks after another one. `used` and `limit` in bytes. */
export function afterLook(
  before: MemoryLooks | undefined,
  run: string,
  { used, limit }: { used: number; limit: number },
): MemoryLooks {
  if (used <= limit) return { run, above: 0 };
  return { run, above: before?.run === run ? before.above + 1 : 1 };
}

/** Why a task is restarted: `used 1.2 GB of 1 GB`. Bytes. */
export function memoryReason(used: number, limit: number): string {
  const [shown, allowed] = [used, limit].map((bytes) => sizeText(bytes, 1));
  // A little above the limit.
  const exact = shown === allowed ? sizeText(used, 3) : shown;
  return `used ${exact} of ${allowed}`;
}

const SIZES = ["bytes", "KB", "MB", "GB", "TB"] as const;

/** As the config spells a size: a kilobyte has 1024 bytes. */
function sizeText(bytes: number, digits: number): string {
  let [size, power] = [bytes, 0];
  for (; size >= 1024 && power < SIZES.length - 1; power++) size /= 1024;
  return `${Number(size.toFixed(digits))} ${SIZES[power]}`;
}
