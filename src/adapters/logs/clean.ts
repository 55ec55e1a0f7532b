import { lstatSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { removeIfEmpty } from "../system/files.ts";
import { withLogLock } from "./lock.ts";
import { rotatedNumbers } from "./output.ts";

const LOG_NAME = /^([A-Za-z0-9_][A-Za-z0-9_.-]{0,63})\.log(?:\.[1-9][0-9]{0,5})?$/;

/**
 * The logs in a session's log directory, including those of tasks that were removed from the config. Other files are left
 * out, and so is everything if the directory is a symbolic link.
 */
export function logsIn(directory: string): { task: string; path: string }[] {
  if (!lstatSync(directory, { throwIfNoEntry: false })?.isDirectory()) return [];
  const tasks = new Set<string>();
  for (const name of readdirSync(directory)) {
    const task = LOG_NAME.exec(name)?.[1];
    if (task !== undefined) tasks.add(task);
  }
  return [...tasks].sort().map((task) => ({ task, path: join(directory, `${task}.log`) }));
}

/**
 * Deletes a log and its rotated files and returns their paths. A running log hub continues in a new file. Only regular
 * files and links are deleted, since `log_file` may be a device. Throws errors of the file system.
 */
export function deleteLog(path: string): string[] {
  return withLogLock(path, "alone", () => {
    const rotated = rotatedNumbers(path).map((number) => `${path}.${number}`);
    const files = [path, ...rotated].filter(isDeletable);
    for (const file of files.toReversed()) rmSync(file, { force: true });
    return files;
  });
}

/** The files of logs in a session's log directory that were last written before a time, epoch ms. No links. */
export function oldLogsIn(directory: string, before: number): { path: string; size: number }[] {
  if (!lstatSync(directory, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(directory).flatMap((name) => {
    const path = join(directory, name);
    const stat = LOG_NAME.test(name) ? lstatSync(path, { throwIfNoEntry: false }) : undefined;
    return stat?.isFile() && stat.mtimeMs < before ? [{ path, size: stat.size }] : [];
  });
}

/**
 * Deletes the files of {@link oldLogsIn}, and the directory if nothing else is in it; returns what was deleted. A log hub
 * that has just written to one keeps it. Throws errors of the file system.
 */
export function deleteOldLogsIn(
  directory: string,
  before: number,
): { path: string; size: number }[] {
  const deleted = withLogLock(join(directory, "any"), "alone", () => {
    const files = oldLogsIn(directory, before);
    for (const { path } of files) rmSync(path, { force: true });
    return files;
  });
  removeIfEmpty(directory);
  return deleted;
}

function isDeletable(path: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat !== undefined && (stat.isFile() || stat.isSymbolicLink());
}
