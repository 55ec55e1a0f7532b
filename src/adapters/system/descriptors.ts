import { readText } from "./files.ts";

/** The default if the system doesn't report a limit: macOS's OPEN_MAX. Bun raises the soft limit to the hard one. */
const USUAL = 10_240;

/** The limit of open files of this process. */
export function descriptorLimit(): number {
  const row = /^Max open files +(\d+|unlimited)/m.exec(readText("/proc/self/limits") ?? "");
  return row === null || row[1] === "unlimited" ? USUAL : Number(row[1]);
}
