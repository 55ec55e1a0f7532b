import { readFileSync, readlinkSync } from "node:fs";
import { nameOf, readPsDirectory, readPsRow } from "./ps.ts";
import { printableLine } from "../../domain/values/printable.ts";
import { system } from "../system/platform.ts";

/** A process's arguments, separated by NULs (Linux) or spaces; empty if it is gone. */
export function commandLine(pid: number, on = system): string {
  if (on !== "linux") return readPsRow(pid)?.text ?? "";
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

/** Maximum length of a command line in messages. */
const MOST_SHOWN = 200;

/** Text of another program on one short line, without control characters. */
export function shortLine(text: string): string {
  const line = printableLine(text);
  return line.length > MOST_SHOWN ? `${line.slice(0, MOST_SHOWN)}…`.toWellFormed() : line;
}

/** A process's command line as a short line, else its name; null if it is gone. */
export const describeCommand = (pid: number): string | null =>
  shortLine(commandLine(pid).replaceAll("\0", " ")) || (describeProcess(pid)?.command ?? null);

/** A process's name and directory; null if it is gone, or another user's. */
export function describeProcess(
  pid: number,
  on = system,
): { command: string; path: string } | null {
  if (on !== "linux") return describeByPs(pid);
  try {
    const command = readFileSync(`/proc/${pid}/comm`, "utf8").trimEnd();
    return { command, path: readlinkSync(`/proc/${pid}/cwd`) };
  } catch {
    return null;
  }
}

function describeByPs(pid: number) {
  const row = readPsRow(pid);
  const path = row && readPsDirectory(pid);
  return row && path ? { command: nameOf(row), path } : null;
}
