import { chmodSync, lstatSync, type Stats, statSync } from "node:fs";
import { isAbsolute } from "node:path";
import { Failure } from "../../domain/failure.ts";
import { fileFailure } from "../../domain/system-error.ts";
import { homeDirectory, stateHome } from "./paths.ts";
import { auditState, isStrangers } from "./state-audit.ts";

/**
 * Makes sure that no other user controls `~/.taskmux`, because taskmux trusts its files and follows its links. Removes
 * permissions of others; E106 if it isn't this user's, or contains files of others.
 */
export function secureStateHome(): Failure | null {
  const home = homeDirectory();
  if (home === null) return noHome();
  if (!isAbsolute(home)) {
    return new Failure(
      "E106",
      `HOME is not an absolute path: ${home}`,
      "Set it to an absolute path.",
    );
  }
  const path = stateHome();
  try {
    return insecurity(path);
  } catch (error) {
    return fileFailure("use", path, error);
  }
}

const noHome = (): Failure =>
  new Failure(
    "E106",
    `There is no home directory: HOME is not set, and user ${process.geteuid?.()} has no entry in the password database`,
    "Set HOME to a writable directory.",
  );

function insecurity(path: string): Failure | null {
  const link = lstatSync(path, { throwIfNoEntry: false });
  if (link === undefined) return null;
  const home = statSync(path, { throwIfNoEntry: false });
  if (!home?.isDirectory())
    return new Failure("E106", `${path} is not a directory`, "Move it away.");
  const owner = [link, home].find(isStrangers)?.uid;
  if (owner !== undefined) return strangersHome(path, owner);
  return openToOthers(path, home) ?? auditState(path);
}

/**
 * Removes permissions of others. If that fails (a read-only file system, root's directory), others may read but not write.
 */
function openToOthers(path: string, { mode }: Stats): Failure | null {
  if ((mode & 0o077) === 0) return null;
  try {
    chmodSync(path, 0o700);
    return null;
  } catch (error) {
    return (mode & 0o022) === 0 ? null : fileFailure("take others' rights from", path, error);
  }
}

const strangersHome = (path: string, owner: number): Failure =>
  new Failure(
    "E106",
    `${path} belongs to user ${owner}, not to user ${process.geteuid?.()}`,
    "Set HOME to a directory of this user (sudo -H does that).",
  );
