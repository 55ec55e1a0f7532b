import { lstatSync, type Stats, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { Failure } from "../../domain/failure.ts";
import { readText } from "../system/files.ts";
import { quote } from "../../domain/values/shell-word.ts";
import { stateHome } from "../system/paths.ts";
import { isStrangers } from "../system/state-audit.ts";

/**
 * Refuses (E108) a config that another user may have put there: the file, a link to it, or its directory belongs to another
 * user. `file` is the stat of what was read. As with git's `safe.directory`, files of root are accepted, and under sudo
 * those of the calling user; `~/.taskmux/trusted` lists directories to accept.
 */
export function refuseOthersConfig(configPath: string, file: Stats): Failure | null {
  const directory = dirname(configPath);
  const found = [file, lstatSync(configPath, GENTLY), statSync(directory, GENTLY)];
  const owner = found.find((stat) => stat !== undefined && isOthers(stat))?.uid;
  if (owner === undefined || isAllowed(configPath)) return null;
  return new Failure(
    "E108",
    `${configPath} belongs to user ${owner}, not to user ${process.geteuid?.()}: its author could run commands as you`,
    `If you trust that user, name it with -c ${quote(configPath)}, or always allow its directory: ${commandToTrust(directory)}`,
  );
}

/** `~/.taskmux` may not exist yet, and a umask such as 002 would make the file writable for the group, which is refused. */
function commandToTrust(directory: string): string {
  const [home, file] = [stateHome(), trustedPath()].map(quote);
  return `mkdir -p -m 700 ${home} && echo ${quote(directory)} >> ${file} && chmod 600 ${file}`;
}

const GENTLY = { throwIfNoEntry: false } as const;

/** sudo(8) sets SUDO_UID. Only trusted by root: any other user can set the variable. */
function isOthers(stat: Stats): boolean {
  const caller = process.geteuid?.() === 0 ? process.env["SUDO_UID"] : undefined;
  return isStrangers(stat) && String(stat.uid) !== caller;
}

const trustedPath = (): string => join(stateHome(), "trusted");

/**
 * Reads `~/.taskmux/trusted`: one directory per line, which covers everything below it. The file is checked to be this
 * user's: see auditState.
 */
function isAllowed(configPath: string): boolean {
  const directories = (readText(trustedPath()) ?? "").split("\n").map((line) => line.trim());
  return directories.some(
    (line) => line.startsWith("/") && configPath.startsWith(line.replace(/\/*$/, "/")),
  );
}
