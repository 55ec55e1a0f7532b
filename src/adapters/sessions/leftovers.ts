import { lstatSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { validSessionName } from "../../domain/values/names.ts";
import { deleteOldLogsIn, oldLogsIn } from "../logs/clean.ts";
import { LOCKS, lockWholly } from "./exclusive.ts";
import { isAbsent, removeIfEmpty } from "../system/files.ts";
import { logDirectory, makePrivateDirectory, runDirectory, stateHome } from "../system/paths.ts";

/** How many files there are, and their size. */
export interface Extent {
  files: number;
  bytes: number;
}

/** A run directory that is being deleted has such a name, which no session can have. */
const ASIDE = /^\.gone-(.+)-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const runHome = (): string => join(stateHome(), "run");
const logHome = (): string => join(stateHome(), "logs");

const isDirectory = (path: string): boolean =>
  lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/** The directories in a directory; no links, and nothing of a link to a directory. */
function directoriesIn(path: string): string[] {
  if (!isDirectory(path)) return [];
  const entries = readdirSync(path, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** The names of the sessions that have a run directory or a log directory; without those that are links. */
export function sessionsOnDisk(): string[] {
  // Behind a link are another place's records.
  if (lstatSync(runHome(), { throwIfNoEntry: false })?.isSymbolicLink()) return [];
  const names = [...directoriesIn(runHome()), ...directoriesIn(logHome())];
  return [...new Set(names)].filter((name) => validSessionName(name) && !isLinked(name)).toSorted();
}

/** Whether the run directory is somewhere else. */
const isLinked = (session: string): boolean =>
  lstatSync(runDirectory(session), { throwIfNoEntry: false })?.isSymbolicLink() ?? false;

/** Whether nothing is recorded of a session: it has no run directory, or only locks in it. */
export const isUnrecorded = (session: string): boolean =>
  namesIn(runDirectory(session)).every((name) => LOCKS.includes(name));

/** The session's own logs that were last written before a time, epoch ms. */
export const oldLogs = (session: string, before: number): { size: number }[] =>
  isDirectory(logHome()) ? oldLogsIn(logDirectory(session), before) : [];

/** Deletes {@link oldLogs}, and the directory if it is empty then; returns what was deleted. */
export const deleteOldLogs = (session: string, before: number): { size: number }[] =>
  isDirectory(logHome()) ? deleteOldLogsIn(logDirectory(session), before) : [];

/** Whether a session's run directory has been deleted. */
export const isDeleted = (session: string): boolean => !isDirectory(runDirectory(session));

/** The extent of a directory. A link counts as itself. */
export function extentOf(directory: string): Extent {
  const extent = { files: 0, bytes: 0 };
  for (const name of namesIn(directory)) {
    const path = join(directory, name);
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined) continue;
    const found = stat.isDirectory() ? extentOf(path) : { files: 1, bytes: stat.size };
    extent.files += found.files;
    extent.bytes += found.bytes;
  }
  return extent;
}

/**
 * Runs `act` while no process can begin to use the session. Null: one uses it, or another has deleted it. Throws errors of
 * the file system.
 */
export async function whileUnused<T>(
  session: string,
  { isKnown }: { isKnown: boolean },
  act: () => Promise<T>,
): Promise<T | null> {
  const directory = runDirectory(session);
  // A session that has only logs gets a directory for the locks, which is deleted with them.
  if (!isKnown) makePrivateDirectory(directory);
  using locks = lockWholly(directory);
  return locks && (await act());
}

/**
 * Deletes a session's run directory; its lock must be held. It is moved aside first: a prune that is interrupted leaves no
 * session with half of its records.
 */
export function deleteRun(session: string): void {
  const aside = join(runHome(), `.gone-${session}-${Bun.randomUUIDv7()}`);
  renameSync(runDirectory(session), aside);
  deleteAside(aside);
}

/** What interrupted prunes have moved aside. */
export const asides = (): { session: string; path: string }[] =>
  directoriesIn(runHome()).flatMap((name) => {
    const session = ASIDE.exec(name)?.[1];
    return session === undefined ? [] : [{ session, path: join(runHome(), name) }];
  });

/** Deletes what an interrupted prune has moved aside; false if another one is deleting it. */
export function finishDeleting(path: string): boolean {
  using locks = lockWholly(path);
  if (locks === null) return false;
  deleteAside(path);
  return true;
}

/** The locks go last, so that only one process at a time deletes. */
function deleteAside(path: string): void {
  for (const name of namesIn(path))
    if (!LOCKS.includes(name)) rmSync(join(path, name), { recursive: true, force: true });
  for (const name of LOCKS) rmSync(join(path, name), { recursive: true, force: true });
  removeIfEmpty(path);
}

/** Another process may be deleting the directory. */
function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}
