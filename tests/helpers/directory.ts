import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { eventually } from "./eventually.ts";

/** A private directory with these files; removed at the end of the `using` block. */
export function directoryWith(files: Record<string, string | Uint8Array>) {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "taskmux-")));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), content);
  }
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/**
 * Removes a directory in which a process makes and removes files meanwhile: Bun's rmSync fails with ENOTEMPTY or ENOENT there,
 * also with `maxRetries`, or leaves it with `force`.
 */
export const removeInUse = (path: string): Promise<boolean> =>
  eventually(() => {
    rmSync(path, { recursive: true, force: true });
    return !existsSync(path);
  });
