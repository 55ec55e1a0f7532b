import { type FSWatcher, statSync, watch } from "node:fs";

/** Called for each change in a directory; `isContent`: not a name that came, went or was replaced. */
export type DirectoryListener = (name: string, isContent: boolean) => void;

interface Watched {
  identity: string;
  watcher: FSWatcher;
  listeners: Set<DirectoryListener>;
}

/**
 * The watched directories of this process, each watched once: Bun keeps watches by their path, and one of a directory that
 * was replaced would go on silently for all that watch this path.
 */
const watched = new Map<string, Watched>();

/**
 * Identifies the directory at a path; null if there is none. An inode is used again soon; with the time of its birth it is
 * unique.
 */
export function identityOf(path: string): string | null {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat?.isDirectory() ? `${stat.dev} ${stat.ino} ${stat.birthtimeMs}` : null;
  } catch {
    // A circle of links, or a directory above that may not be entered.
    return null;
  }
}

/** Watches a directory, not what is below. Throws if the system refuses. Returns the function that ends it. */
export function watchDirectory(path: string, listener: DirectoryListener): () => void {
  const identity = identityOf(path) ?? "";
  let entry = watched.get(path);
  if (entry === undefined || entry.identity !== identity) entry = renew(path, identity, entry);
  const { listeners } = entry;
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    const now = watched.get(path);
    if (now?.listeners !== listeners || listeners.size > 0) return;
    watched.delete(path);
    now.watcher.close();
  };
}

function renew(path: string, identity: string, before: Watched | undefined): Watched {
  before?.watcher.close();
  watched.delete(path);
  const listeners = before?.listeners ?? new Set<DirectoryListener>();
  const watcher = watch(path, (event, name) => {
    if (name === null || name === undefined) return;
    for (const listener of listeners) listener(name, event === "change");
  });
  // The directory has gone: its parent's watch reports that too.
  watcher.on("error", () => watcher.close());
  const entry = { identity, watcher, listeners };
  watched.set(path, entry);
  return entry;
}
