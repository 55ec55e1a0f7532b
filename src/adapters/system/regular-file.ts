import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { reasonOf } from "../../domain/system-error.ts";
import { sizeText } from "../../domain/values/units.ts";

/**
 * Why a file named in a config isn't used. `reason` ends a sentence ("it is a FIFO", "permission denied"); `code` is the
 * errno of a system call, for example `ENOENT`, else null.
 */
export class FileRefusal {
  constructor(
    readonly reason: string,
    readonly code: string | null = null,
  ) {}
}

export const isRefusal = (value: unknown): value is FileRefusal => value instanceof FileRefusal;

/**
 * Opens a regular file without blocking. Other kinds are refused: opening a FIFO blocks, opening a device may have effects.
 * `flags` as for open(2). The caller closes the returned descriptor.
 */
export function openRegular(path: string, flags: number, mode = 0o600): number | FileRefusal {
  let descriptor: number;
  try {
    const before = irregularity(statSync(path, { throwIfNoEntry: false }));
    if (before !== null) return before;
    // If the file was replaced by a FIFO or a terminal since, opening neither blocks nor sets the controlling terminal.
    descriptor = openSync(path, flags | constants.O_NONBLOCK | constants.O_NOCTTY, mode);
  } catch (error) {
    return refusalOf(error);
  }
  const opened = irregularity(fstatSync(descriptor));
  if (opened === null) return descriptor;
  closeSync(descriptor);
  return opened;
}

/** All bytes of a regular file of at most `limit` bytes. `onOpen` gets the stat of the opened file. */
export function readRegular(
  path: string,
  { limit, onOpen }: { limit: number; onOpen?: (file: Stats) => void },
): Buffer | FileRefusal {
  const descriptor = openRegular(path, constants.O_RDONLY);
  if (isRefusal(descriptor)) return descriptor;
  try {
    onOpen?.(fstatSync(descriptor));
    return readLimited(descriptor, limit);
  } catch (error) {
    return refusalOf(error);
  } finally {
    closeSync(descriptor);
  }
}

/** Why the file at a path isn't regular, links followed; null if it is, or doesn't exist. */
export function irregularAt(path: string): FileRefusal | null {
  try {
    return irregularity(statSync(path, { throwIfNoEntry: false }));
  } catch (error) {
    return refusalOf(error);
  }
}

/** Why a file can't be read now; null if it can, or doesn't exist. */
export function unreadableAt(path: string): FileRefusal | null {
  const descriptor = openRegular(path, constants.O_RDONLY);
  if (isRefusal(descriptor)) return descriptor.code === "ENOENT" ? null : descriptor;
  closeSync(descriptor);
  return null;
}

/** An error of the file system as a refusal. */
export function refusalOf(error: unknown): FileRefusal {
  return new FileRefusal(reasonOf(error), (error as NodeJS.ErrnoException).code ?? null);
}

/** Counts the bytes read: the file may grow, and files in /proc have size 0. */
function readLimited(descriptor: number, limit: number): Buffer | FileRefusal {
  const tooLarge = new FileRefusal(`it is larger than ${sizeText(limit)}`);
  const { size } = fstatSync(descriptor);
  if (size > limit) return tooLarge;
  let bytes = Buffer.allocUnsafe(Math.max(size, 4095) + 1);
  for (let length = 0; ;) {
    const got = readSync(descriptor, bytes, length, bytes.length - length, null);
    length += got;
    if (length > limit) return tooLarge;
    if (got === 0) return bytes.subarray(0, length);
    if (length === bytes.length) bytes = Buffer.concat([bytes], bytes.length * 2);
  }
}

function irregularity(stat: Stats | undefined): FileRefusal | null {
  if (stat === undefined || stat.isFile()) return null;
  if (stat.isDirectory()) return new FileRefusal("it is a directory");
  if (stat.isFIFO()) return new FileRefusal("it is a FIFO");
  return new FileRefusal(stat.isSocket() ? "it is a socket" : "it is a device");
}
