/** Where a task runs, for finding the project's own files. Paths are absolute, without symbolic links or a slash at the end. */
export interface ProjectPlaces {
  /** The config's directory. */
  root: string;
  /** Directories to which a path in the task's output may be relative, the most likely first. */
  directories: readonly string[];
  /** Whether there is a file at an absolute path. */
  isThere(path: string): boolean;
}

/** Directories whose files others wrote or a tool generated. */
const FOREIGN = new Set([
  "node_modules",
  "site-packages",
  "dist-packages",
  "vendor",
  ".venv",
  "venv",
  ".cargo",
  ".next",
  ".yarn",
]);

/** Modules of old versions of Node.js itself, which has no prefix for them. */
const OLD_NODE = /^(?:internal\/|(?:_?[a-z]+_)?(?:module|events|net|timers|fs|vm|util)\.js$)/;

/**
 * A path of a stack trace relative to the project; null if the file is none of the project's own, or if it isn't there to
 * tell which one is meant.
 */
export function ownFile(path: string, places: ProjectPlaces): string | null {
  const local = localPath(path);
  if (local === null) return null;
  const absolute = local.startsWith("/") ? normalized(local) : findRelative(local, places);
  if (absolute === null || !absolute.startsWith(`${places.root}/`)) return null;
  const relative = absolute.slice(places.root.length + 1);
  return relative.split("/").some((part) => FOREIGN.has(part)) ? null : relative;
}

/** The absolute path of a file by its relative one; null if there is none. */
function findRelative(path: string, { directories, isThere }: ProjectPlaces): string | null {
  const candidates = directories.map((directory) => normalized(`${directory}/${path}`));
  return candidates.find((candidate) => isThere(candidate)) ?? null;
}

/** A path of the file system; null for a module of a runtime, a page's URL, and code without a file. */
function localPath(path: string): string | null {
  if (path.startsWith("file://")) return decoded(path.slice("file://".length));
  if (path.startsWith("webpack://")) return path.replace(/^webpack:\/\/[^/]*\//, "");
  const isOther = path === "" || /^[a-z][\w+-]*:|^</.test(path) || OLD_NODE.test(path);
  return isOther ? null : path;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function normalized(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}
