import { currentDirectory } from "../adapters/system/current-directory.ts";
import { loadProject } from "../adapters/config/file.ts";
import type { Project } from "../domain/config/config.ts";
import { Failure } from "../domain/failure.ts";
import { SESSION_NAME_RULE, validSessionName } from "../domain/values/names.ts";

/** The location of the project, as given on the command line. */
export interface ProjectLocation {
  cwd: string | Failure;
  explicit: string | null;
  session: string | null;
}

/** By the flags, else by the environment, else by the current directory. */
export const locationOf = (flags: {
  config: string | undefined;
  session: string | undefined;
}): ProjectLocation => ({
  cwd: currentDirectory(),
  explicit: flags.config ?? (process.env["TASKMUX_CONFIG"] || null),
  session: flags.session ?? (process.env["TASKMUX_NAME"] || null),
});

/** Loads the project; E104 for a session name that can't be one. */
export async function findProject(location: ProjectLocation): Promise<Project | Failure> {
  if (location.session !== null && !validSessionName(location.session)) {
    return new Failure(
      "E104",
      `'${location.session}' is not a valid session name: ${SESSION_NAME_RULE}`,
    );
  }
  return loadProject(location);
}
