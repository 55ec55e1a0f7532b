import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../../domain/failure.ts";
import { thrownFailure } from "../../domain/system-error.ts";
import { watchPatterns } from "../../domain/watch/patterns.ts";
import { fingerprintOf, hasOnlyNewAttributes } from "./file-facts.ts";
import { WatchTree } from "./tree.ts";

/** What a watch reports. Paths are relative to the `cwd`. */
export interface FileListener {
  /** A watched file has changed. `isContent`: its name has neither come nor gone. */
  onChange(path: string, isContent: boolean): void;
  /** All that is there is watched now. */
  onReady(): void;
  /** Nothing is watched any more. E107: the system allows no more watches. */
  onRefused(failure: Failure): void;
}

/** The watch of a task's files. */
export interface FileWatch {
  /** Tells one content of a changed file from another; null if it can't. */
  fingerprint(path: string): string | null;
  /** Whether only the mode of a changed file, or the number of its links, is new. */
  hasOnlyNewAttributes(path: string): boolean;
  end(): void;
}

/** Watches the files below `cwd` that the globs of a config select. */
export function watchFiles(
  cwd: string,
  globs: readonly string[],
  { onChange, onReady, onRefused }: FileListener,
): FileWatch {
  const names = cwd.split("/").filter(Boolean);
  const { up, patterns } = watchPatterns(globs, names);
  const root = join(cwd, "../".repeat(up));
  const way = names.slice(names.length - up);
  const tree = new WatchTree(root.replace(/(.)\/$/, "$1"), patterns, {
    onChange: (path, isContent) => onChange(fromCwd(way, path), isContent),
    onReady,
    onRefused: (error) => onRefused(refusal(error)),
  });
  tree.begin();
  return {
    fingerprint: (path) => fingerprintOf(join(cwd, path)),
    hasOnlyNewAttributes: (path) => hasOnlyNewAttributes(join(cwd, path)),
    end: () => tree.end(),
  };
}

/** A path, relative to the `cwd`, which is `way` below the directory that it was relative to. */
function fromCwd(way: readonly string[], path: string): string {
  if (way.length === 0) return path;
  const names = path.split("/");
  const shared = way.findIndex((name, index) => names[index] !== name);
  const common = shared === -1 ? way.length : shared;
  return [...way.slice(common).map(() => ".."), ...names.slice(common)].join("/") || ".";
}

const LIMITS: Record<string, string> = {
  ENOSPC: "max_user_watches",
  EMFILE: "max_user_instances",
};

function refusal(error: unknown): Failure {
  const limit = LIMITS[(error as { code?: string }).code ?? ""];
  if (limit === undefined) return thrownFailure(error);
  return new Failure(
    "E107",
    `Too many files to watch: the system allows this user no more (fs.inotify.${limit}${valueOf(limit)})`,
    `Name fewer directories in \`watch\`, or allow more: sysctl fs.inotify.${limit}=${limit === "max_user_watches" ? 524_288 : 1024}`,
  );
}

function valueOf(limit: string): string {
  try {
    return ` is ${readFileSync(`/proc/sys/fs/inotify/${limit}`, "latin1").trim()}`;
  } catch {
    return "";
  }
}
