import { lstatSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { rotatedNumbers } from "./log-output.ts";

const logName = /^([A-Za-z0-9_][A-Za-z0-9_.-]{0,63})\.log(?:\.[1-9][0-9]{0,5})?$/;

/**
 * The logs in a session's log directory, those too of tasks that the config has no more. Other people's files there, and a
 * directory that is a symbolic link to elsewhere, are none of ours.
 */
export function logsIn(directory: string): { task: string; path: string }[] {
  if (!lstatSync(directory, { throwIfNoEntry: false })?.isDirectory()) return [];
  const tasks = new Set<string>();
  for (const name of readdirSync(directory)) {
    const task = logName.exec(name)?.[1];
    if (task !== undefined) tasks.add(task);
  }
  return [...tasks].sort().map((task) => ({ task, path: join(directory, `${task}.log`) }));
}

/**
 * Deletes a log and its rotated files and returns their paths. A log writer that is at work goes on in a new file. What isn't
 * a regular file or a link stays: `log_file` may be a device. Throws what the file system throws.
 */
export function deleteLog(path: string): string[] {
  const rotated = rotatedNumbers(path).map((number) => `${path}.${number}`);
  const files = [path, ...rotated].filter(isDeletable);
  for (const file of files.toReversed()) rmSync(file, { force: true });
  return files;
}

function isDeletable(path: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat !== undefined && (stat.isFile() || stat.isSymbolicLink());
}
