import { realpathSync } from "node:fs";
import { dirname, isAbsolute, join, relative } from "node:path";
import { findConfig } from "../../adapters/config/file.ts";
import { checkoutOf } from "../../adapters/config/git-worktree.ts";
import type { Project } from "../../domain/config/config.ts";
import { Failure, isFailure } from "../../domain/failure.ts";
import { findProject, type ProjectLocation } from "../project-location.ts";

/**
 * The project of a call of an MCP tool: the server's, or that of `dir` (absolute). `dir` must be in the server's project or
 * in a work tree of the same repository: a client whose model was led astray must not act on other projects. E303 otherwise.
 */
export async function projectOfCall(
  location: ProjectLocation,
  dir: string | undefined,
): Promise<Project | Failure> {
  const pinned = await findProject(location);
  if (dir === undefined) return pinned;
  if (!isAbsolute(dir)) return new Failure("E500", `'dir' must be an absolute path, not '${dir}'`);
  const base = isFailure(pinned) ? baseOf(location) : pinned.directory;
  const place = realPath(dir);
  if (place === null) return refused(dir, "it doesn't exist");
  if (base === null || !isAllowed(place, base))
    return refused(dir, `the project is ${base ?? "unknown"}`);
  const found = await findProject(locationAt(location, place));
  if (isFailure(found)) return found;
  if (!isFailure(pinned) && found.configPath === pinned.configPath) return pinned;
  // A config above the directory may be that of another project.
  return isAllowed(found.directory, base)
    ? found
    : refused(dir, `its config is ${found.configPath}`);
}

const refused = (dir: string, why: string): Failure =>
  new Failure(
    "E303",
    `'dir' is not a directory of this project: ${dir}: ${why}`,
    "Name a directory in the project or in another git worktree of it, or leave it out.",
  );

/** Where the project should be that can't be loaded. */
function baseOf({ cwd, explicit }: ProjectLocation): string | null {
  const config = findConfig(cwd, explicit);
  if (!isFailure(config)) return dirname(config);
  return isFailure(cwd) || explicit !== null ? null : realPath(cwd);
}

const isAllowed = (place: string, base: string): boolean =>
  isWithin(place, base) ||
  (repositoryOf(base) !== null && repositoryOf(place) === repositoryOf(base));

const isWithin = (place: string, base: string): boolean =>
  place === base || place.startsWith(join(base, "/"));

function repositoryOf(directory: string): string | null {
  const checkout = checkoutOf(directory);
  return checkout === null ? null : realPath(checkout.repository);
}

/** A config that was named has a counterpart in each work tree. */
function locationAt({ cwd, explicit }: ProjectLocation, place: string): ProjectLocation {
  const config = explicit === null ? null : findConfig(cwd, explicit);
  if (config === null || isFailure(config)) return { cwd: place, explicit, session: null };
  const [from, to] = [topOf(dirname(config)), topOf(place)];
  const there = from === null || to === null ? config : join(to, relative(from, config));
  return { cwd: place, explicit: there, session: null };
}

/** The top of the work tree that a directory lies in; null outside of any. */
function topOf(directory: string): string | null {
  const checkout = checkoutOf(directory);
  if (checkout === null) return null;
  return realPath(checkout.worktree?.top ?? dirname(checkout.repository));
}

function realPath(path: string): string | null {
  try {
    return realpathSync.native(path);
  } catch {
    return null;
  }
}
