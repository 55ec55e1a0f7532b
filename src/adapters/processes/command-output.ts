import { closeSync, ftruncateSync, openSync, statfsSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makePrivateDirectory, stateHome } from "../system/paths.ts";

/**
 * With less free space than this, bytes, output isn't written: a check could fail only because its output can't be written.
 */
const LEAST_ROOM = 65_536;

/** An unlinked file for the output of a command. */
export interface CommandOutput {
  fd: number;
  /** Where the file is; null: output is discarded. */
  directory: string | null;
}

/** Files of commands that have ended, for the next ones. */
const spare: CommandOutput[] = [];

/**
 * A place for a command's output. Files are cheaper than pipes at a hundred checks a second, and a background process that
 * is left running can still write. If no file can be written (a read-only home, a full disk), the command runs without its
 * output being kept.
 */
export function takeOutput(): CommandOutput {
  for (let known = spare.pop(); known !== undefined; known = spare.pop()) {
    if (known.directory !== null && hasRoom(known.directory)) return known;
    closeSync(known.fd);
  }
  return (
    openIn(ownDirectory) ?? openIn(tmpdir) ?? { fd: openSync("/dev/null", "a+"), directory: null }
  );
}

/** Returns it for reuse, once no process of the command can write to it any more. */
export function giveBack(output: CommandOutput): void {
  if (output.directory === null) return closeSync(output.fd);
  ftruncateSync(output.fd, 0);
  spare.push(output);
}

/** A separate directory: a change of `~/.taskmux` itself causes a new audit of everything in it. */
const ownDirectory = (): string => join(stateHome(), "output");

function openIn(directoryOf: () => string): CommandOutput | null {
  try {
    const directory = directoryOf();
    makePrivateDirectory(directory);
    if (!hasRoom(directory)) return null;
    const path = join(directory, `taskmux-output.${crypto.randomUUID()}`);
    // Append mode: after the file was emptied, writes start at its beginning.
    const fd = openSync(path, "ax+", 0o600);
    unlinkSync(path);
    return { fd, directory };
  } catch {
    return null;
  }
}

function hasRoom(directory: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize >= LEAST_ROOM;
  } catch {
    return false;
  }
}
