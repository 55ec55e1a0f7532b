import { existsSync } from "node:fs";
import { isAbsolute } from "node:path";
import { configCandidates, findConfig, readProject } from "../../adapters/config/file.ts";
import {
  hasRecords,
  recordedOwner,
  recordedProject,
  sessionsByOwner,
} from "../../adapters/state/session-record.ts";
import type { Project } from "../../domain/config/config.ts";
import { isConfigOf } from "../../domain/config/identity.ts";
import { Failure, isFailure } from "../../domain/failure.ts";
import type { ProjectLocation } from "../project-location.ts";
import { sessionOf } from "./context.ts";

/** A project from its session's records, and the warning about that. */
interface Recorded {
  project: Project;
  warning: string;
}

/**
 * The project of a session named with `--session` whose config is missing, whatever config is here; null otherwise.
 */
export async function goneProject(session: string, here: Project): Promise<Recorded | null> {
  const owner = await ownerOf(session);
  if (owner === null || isConfigOf(here, owner) || existsSync(owner)) return null;
  return recorded(session, owner, `${owner} is gone`);
}

/** The project of a session's records if no config could be loaded because of `failure`; otherwise that failure. */
export async function projectWithoutConfig(
  location: ProjectLocation,
  failure: Failure,
): Promise<Recorded | Project | Failure> {
  const found = findConfig(location.cwd, location.explicit);
  const path = isFailure(found) ? null : found;
  if (location.session !== null) return ofNamedSession(location.session, path, failure);
  // Another user's config says nothing about the sessions of this user.
  if (failure.code === "E108") return failure;
  const candidates = path === null ? gonePaths(location) : [path];
  const sessions = sessionsByOwner();
  for (const candidate of candidates) {
    const [session, ...others] = sessions.get(candidate) ?? [];
    if (session === undefined) continue;
    if (others.length > 0) return ambiguous(failure, [session, ...others]);
    const why = path === null ? `${candidate} is gone` : failure.message;
    return recorded(session, candidate, why);
  }
  return failure;
}

/** The path that a missing config had. A shell knows the name of a current directory that was removed. */
function gonePaths({ cwd, explicit }: ProjectLocation): string[] {
  const directory = isFailure(cwd) ? process.env["PWD"] : cwd;
  const from = directory !== undefined && isAbsolute(directory) ? directory : cwd;
  return configCandidates(from, explicit).filter((path) => !existsSync(path));
}

/** A session can be named anywhere; in a directory with a config, only its own session, or one whose config is missing. */
async function ofNamedSession(session: string, path: string | null, failure: Failure) {
  const owner = await ownerOf(session);
  if (owner === null) return failure;
  if (!existsSync(owner)) return recorded(session, owner, `${owner} is gone`);
  if (path !== null) return path === owner ? recorded(session, owner, failure.message) : failure;
  const project = await readProject(owner, session);
  return isFailure(project) ? recorded(session, owner, project.message) : project;
}

/** The config that owns a session, from its records or, if 0.1.0 made it, from its mark; null if unknown. */
async function ownerOf(session: string): Promise<string | null> {
  const owner = recordedOwner(session);
  if (owner !== null || !hasRecords(session)) return owner;
  const found = await sessionOf(await recordedProject(session, "/"));
  return found === null || isFailure(found) ? null : found.configPath;
}

async function recorded(session: string, configPath: string, why: string): Promise<Recorded> {
  const project = await recordedProject(session, configPath);
  return { project, warning: `${why}; session '${session}' is used as last recorded` };
}

const ambiguous = (failure: Failure, sessions: string[]): Failure =>
  new Failure(
    failure.code,
    failure.message,
    `Name one of its sessions: ${sessions.map((name) => `--session ${name}`).join(", ")}`,
    failure.problems,
    failure.file,
  );
