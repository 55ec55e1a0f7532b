import { lstatSync, readFileSync } from "node:fs";

/** A change of the mode or of the number of links sets only `ctime`; it may be this much later than a write, ms. */
const SAME_WRITE = 1000;

/** Larger files are not read. */
const MOST_BYTES = 1 << 20;

/** Whether nothing but the attributes of a file has changed: its mode, or the number of its links. */
export function hasOnlyNewAttributes(path: string): boolean {
  try {
    const { mtimeMs, ctimeMs } = lstatSync(path);
    return ctimeMs - mtimeMs > SAME_WRITE && Date.now() - mtimeMs > SAME_WRITE;
  } catch {
    return false;
  }
}

/** Tells one content of a file from another; "absent" without a file, null if that is too much work. */
export function fingerprintOf(path: string): string | null {
  try {
    const stat = lstatSync(path);
    if (!stat.isFile() || stat.size > MOST_BYTES) return null;
    return `${stat.size} ${Bun.hash(readFileSync(path))}`;
  } catch (error) {
    return (error as { code?: string }).code === "ENOENT" ? "absent" : null;
  }
}
