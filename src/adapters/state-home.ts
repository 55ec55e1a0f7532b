import { chmodSync, lstatSync, readdirSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../domain/failure.ts";
import { stateHome } from "./paths.ts";

const ROOT = 0;

/**
 * Makes sure that nobody else has a say in `~/.taskmux`: what is read there is believed, and what is written there goes where
 * a link says. Takes others' rights away where they have some; E106 where it isn't ours, or others have put something into it.
 */
export function secureStateHome(): Failure | null {
  const path = stateHome();
  const link = lstatSync(path, { throwIfNoEntry: false });
  if (link === undefined) return null;
  const home = statSync(path, { throwIfNoEntry: false });
  if (!home?.isDirectory()) return new Failure("E106", `${path} is no directory`, "Move it away.");
  const owner = [link, home].find(isStrangers)?.uid;
  if (owner !== undefined) return strangersHome(path, owner);
  if ((home.mode & 0o077) !== 0) chmodSync(path, 0o700);
  return planted(path);
}

/** Root's own links are no stranger's: `/root`, or a home that was moved. */
const isStrangers = ({ uid }: Stats): boolean => uid !== process.geteuid?.() && uid !== ROOT;

const strangersHome = (path: string, owner: number): Failure =>
  new Failure(
    "E106",
    `${path} belongs to user ${owner}, not to user ${process.geteuid?.()}`,
    "Set HOME to a directory of this user's (sudo -H does).",
  );

/** Where others could write, they may have put something in our files' place. A link of the user's own is the user's will. */
function planted(path: string): Failure | null {
  const strange = readdirSync(path).find((name) => {
    const stat = lstatSync(join(path, name), { throwIfNoEntry: false });
    return stat !== undefined && isStrangers(stat);
  });
  if (strange === undefined) return null;
  const found = join(path, strange);
  return new Failure("E106", `${found} belongs to another user`, "Look at it, and remove it.");
}
