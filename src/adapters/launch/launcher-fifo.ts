import { lstatSync, readlinkSync, renameSync, rmSync, symlinkSync, utimesSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeFifo } from "../system/libc.ts";

/** Makes a FIFO, unless there is one; then its time shows that a process will write to it. */
export function ensureFifo(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isFIFO()) return utimesSync(path, new Date(), new Date());
  rmSync(path, { recursive: true, force: true });
  makeFifo(path);
}

/** A launcher is launcher.sh, or the one in the keeper (launcher.c): they read a launch in different forms. */
type LauncherKind = "shell" | "keeper";

/**
 * Makes the FIFO for messages to a new launcher, and returns its name, which begins with its kind; TASKDIR/go is a link to
 * it. Each launcher has its own, so that one whose window was opened late, for a killed command, can't take a message for
 * another.
 */
export function replaceFifo(directory: string, kind: LauncherKind): string {
  const name = `${kind}.${crypto.randomUUID().slice(0, 8)}`;
  const link = join(directory, "go");
  makeFifo(join(directory, name));
  if (lstatSync(link, { throwIfNoEntry: false })) replaceLink(name, link);
  else symlinkSync(name, link);
  return name;
}

/** Makes a link lead to another name in its directory, and removes the file at the old one. */
function replaceLink(name: string, link: string): void {
  const before = linkTarget(link);
  // A command that was killed may have left it.
  rmSync(`${link}.new`, { force: true });
  symlinkSync(name, `${link}.new`);
  renameSync(`${link}.new`, link);
  if (before !== null) rmSync(join(dirname(link), before), { force: true });
}

/** The kind of the task's launcher: that of an older taskmux is a shell. */
export const launcherKind = (directory: string): LauncherKind =>
  linkTarget(join(directory, "go"))?.startsWith("keeper.") ? "keeper" : "shell";

/** Null: it is no link. The launchers of 0.1.0 have a FIFO in its place. */
function linkTarget(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}
